import { isDeepStrictEqual } from 'node:util';
import { parseDocument } from 'yaml';
import { isRecord } from '../../generator/generate/fields.ts';
import { tryTemplate, type HelmMajor } from '../tools/helm.ts';
import { violations } from '../tools/kubernetes.ts';
import { dataOf, parseManifests, type Manifest } from '../tools/manifests.ts';
import { Find, kindOf } from './find.ts';
import { breaches } from './kubernetes-rules.ts';

/** What Helm made of a chart and values. */
export interface Rendered {
  readonly manifests: readonly Manifest[];
  /** The values as Helm had them. */
  readonly values: unknown;
}

export interface ToRender {
  readonly chart: string;
  readonly release: string;
  readonly values: string;
}

/** Renders with the real Helm. Gives its complaint when it refuses; throws Find when what it renders can be read in two ways. */
export async function renderedBy(major: HelmMajor, { chart, release, values }: ToRender): Promise<Rendered | string> {
  const { code, stdout, stderr } = await tryTemplate(major, {
    chart,
    release,
    args: ['--namespace', 'data', '--values', values],
  });
  if (code !== 0) return stderr;
  if (stderr !== '') throw new Find(`helm: a warning: ${kindOf(stderr)}`, stderr);
  const manifests = stdout.split(/^---\n/m).flatMap(manifestsOf);
  const probe = manifests.find(({ metadata }) => metadata.name === 'values-as-read');
  if (!probe) throw new Error('the probe was not rendered');
  const text = Buffer.from(dataOf(probe)['values'] ?? '', 'base64').toString('utf8');
  return { manifests: manifests.filter((manifest) => manifest !== probe), values: JSON.parse(text) };
}

/** Most documents are the same in case after case. */
const known = new Map<string, readonly Manifest[]>();

function manifestsOf(text: string): readonly Manifest[] {
  const before = known.get(text);
  if (before) return before;
  if (known.size > 500) known.clear();
  const manifests = readWithCare(text);
  known.set(text, manifests);
  return manifests;
}

/** A byte order mark is none between quotes (YAML 1.2, 5.2), and every text stands there. */
// eslint-disable-next-line no-control-regex -- they are what it is about
const RAW = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\ufffe\uffff]|\p{Surrogate}/u;

function readWithCare(text: string): readonly Manifest[] {
  const raw = RAW.exec(text);
  if (raw)
    throw new Find(
      'manifest: a raw character that YAML has no place for',
      text.slice(Math.max(0, raw.index - 200), raw.index + 50),
    );
  const manifests = parsed(text);
  // What YAML 1.1 and 1.2 read in the same way, nobody reads in another.
  const other: unknown = parseDocument(text, { version: '1.2', logLevel: 'silent' }).toJS();
  const [first] = manifests;
  if (first && !isDeepStrictEqual(first, other))
    throw new Find(`manifest: read in two ways: ${first.kind}`, differenceOf(first, other).join('\n'));
  return manifests;
}

function parsed(text: string): Manifest[] {
  try {
    return parseManifests(text);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new Find(`manifest: ${kindOf(message)}`, `${message}\n${text.slice(0, 2000)}`);
  }
}

/** Refuses manifests that Kubernetes would refuse. */
export function checkManifests(manifests: readonly Manifest[]): void {
  const sentences = [...manifests.flatMap(violations).map(withoutName), ...breaches(manifests)];
  const [first] = sentences;
  if (first !== undefined) throw new Find(`kubernetes: ${kindOf(first)}`, sentences.join('\n'));
}

function withoutName(violation: string): string {
  return violation.replace(/^(\S+) [^/ ]+/, '$1');
}

/** How two readings differ: a line for each place, with what the first has and what the second has. */
export function differenceOf(a: unknown, b: unknown, path = ''): string[] {
  if (isDeepStrictEqual(a, b)) return [];
  if (Array.isArray(a) && Array.isArray(b) && a.length === b.length)
    return a.flatMap((item, at) => differenceOf(item, b[at], `${path}[${at}]`));
  if (!isRecord(a) || !isRecord(b)) return [`${path}: ${show(a)} / ${show(b)}`];
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((key) => differenceOf(a[key], b[key], `${path}.${key}`));
}

function show(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 200);
}
