import { parse } from 'yaml';
import { isRecord, valueAt } from '../generate/fields.ts';
import { runHelm } from './program.ts';
import { KUBERNETES } from './render.ts';

/** The images that a chart runs with these values, in order: each once. Throws InputError as runHelm does. */
export async function findImages(chart: string, values: string): Promise<readonly string[]> {
  const rendered = await runHelm(['template', 'images', chart, '--values', values, '--kube-version', KUBERNETES]);
  const objects: unknown[] = rendered.split(/^---\n/m).map((text): unknown => parse(text));
  return [...new Set(objects.flatMap(imagesIn))].sort();
}

/** Where it is that an object holds a pod's specification. */
const PODS = [['spec'], ['spec', 'template', 'spec'], ['spec', 'jobTemplate', 'spec', 'template', 'spec']];

function imagesIn(object: unknown): string[] {
  const containers = PODS.flatMap((path) => ['containers', 'initContainers'].map((key) => valueAt(object, [...path, key])));
  return containers
    .flat()
    .flatMap((container) => (isRecord(container) && 'image' in container ? [String(container['image'])] : []));
}
