import type { CompleteValues } from '../validate/contract.ts';
import type { Finding } from '../validate/finding.ts';
import type { OutputFile } from '../render/output.ts';

/** What Kubernetes lets the data of one ConfigMap have (MaxSecretSize in its API), in bytes. */
const CONFIG_MAP_LIMIT = 1024 * 1024;

/** What Kubernetes lets the annotations of one object have, keys and texts together (TotalAnnotationSizeLimitB), in bytes. */
const ANNOTATIONS_LIMIT = 256 * 1024;

/** The chart's own annotations take less than this, in bytes. */
const OWN_ANNOTATIONS = 512;

/** Objects that Kubernetes would not take, each by itself. Schema files are measured where they are read. */
export function findLargeObjects(values: CompleteValues, files: readonly OutputFile[]): Finding[] {
  return [...findAnnotations(values), ...findDesired(files)];
}

function findAnnotations({ commonAnnotations, services }: CompleteValues): Finding[] {
  const common = largeAnnotations(['commonAnnotations'], [commonAnnotations]);
  if (common.length > 0) return common;
  return Object.entries(services).flatMap(([name, { annotations }]) =>
    largeAnnotations(['services', name, 'annotations'], [annotations, commonAnnotations]),
  );
}

/** Takes maps of which the later ones are at other objects as well. */
function largeAnnotations(path: Finding['path'], maps: readonly Readonly<Record<string, string>>[]): Finding[] {
  const bytes = maps.flatMap((map) => Object.entries(map)).reduce((sum, [key, text]) => sum + Buffer.byteLength(key + text), 0);
  if (bytes + OWN_ANNOTATIONS <= ANNOTATIONS_LIMIT) return [];
  const message = `the annotations of one object would have ${inKiB(bytes)}, but Kubernetes allows ${inKiB(ANNOTATIONS_LIMIT)} with the chart's own`;
  return [{ path, message, hint: 'Keep what is long elsewhere, in a ConfigMap for example, and name it here.' }];
}

function findDesired(files: readonly OutputFile[]): Finding[] {
  const bytes = Buffer.byteLength(files.find(({ path }) => path === 'desired.json')?.content ?? '');
  if (bytes <= CONFIG_MAP_LIMIT) return [];
  const message = `what provisioning must know of the services (desired.json) has ${inKiB(bytes)}, but one ConfigMap holds ${inKiB(CONFIG_MAP_LIMIT)}`;
  return [{ path: ['services'], message, hint: 'Split the services over two deployments.' }];
}

/** Bytes as a person reads them: `1024 KiB`. */
export function inKiB(bytes: number): string {
  return `${Math.ceil(bytes / 1024)} KiB`;
}
