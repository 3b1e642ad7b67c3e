import { isDeepStrictEqual } from 'node:util';
import { parse, parseAllDocuments, visit, type Document } from 'yaml';
import { isRecord } from '../../generator/generate/fields.ts';
import { oncePer } from '../../generator/generate/once.ts';
import type { HelmMajor } from '../tools/helm.ts';
import { violations } from '../tools/kubernetes.ts';
import { readManifest, type Manifest } from '../tools/manifests.ts';
import { Find, kindOf } from './find.ts';
import type { Helms, ToRender } from './helms.ts';
import { breaches } from './kubernetes-rules.ts';

/** What Helm made of a chart and values. */
export interface Rendered {
  readonly manifests: readonly Manifest[];
  /** The values as Helm had them. */
  readonly values: unknown;
}

/** Renders with the real Helm. Gives its complaint when it refuses; throws Find when what it renders can be read in two ways. */
export async function renderedBy(helms: Helms, major: HelmMajor, toRender: ToRender): Promise<Rendered | string> {
  const { code, stdout, stderr } = await helms.template(major, toRender);
  if (code !== 0) return stderr;
  if (stderr !== '') throw new Find(`helm: a warning: ${kindOf(stderr)}`, stderr);
  const documents = stdout.split(/^---\n/m);
  const probe = documents.find((text) => PROBE.test(text)) ?? '';
  const encoded = PROBE.exec(probe)?.[1];
  if (encoded === undefined) throw new Error('the probe was not rendered');
  return {
    manifests: documents
      .filter((text) => text !== probe)
      .map(withoutHashes)
      .flatMap(manifestsOf),
    values: valuesIn(encoded),
  };
}

/** The values as Helm had them, among what the chart of the fuzz renders. */
const PROBE = /^ {2}name: values-as-read\ndata:\n {2}values: "(.*)"$/m;

/** Without the passwords that the chart of the fuzz is given beside them. */
function valuesIn(encoded: string): unknown {
  const values: unknown = JSON.parse(Buffer.from(encoded, 'base64').toString('utf8'));
  if (!isRecord(values)) return values;
  const { passwords: _, ...own } = values;
  return own;
}

/** With zeros for the hashes that tell whether something has changed: otherwise no Job and no pod were the same as another. */
function withoutHashes(text: string): string {
  return text.replaceAll(
    /("checksum\/config":"|^ {2}name: ".*-provisioning-)([0-9a-f]+)"/gm,
    (_, before: string, hash: string) => `${before}${'0'.repeat(hash.length)}"`,
  );
}

/** Most documents are the same in case after case; so many are remembered. */
const known = new Map<string, readonly Manifest[]>();
const MOST_KNOWN = 4000;

function manifestsOf(text: string): readonly Manifest[] {
  const before = known.get(text);
  if (before) return before;
  const [oldest] = known.size < MOST_KNOWN ? [] : known.keys();
  if (oldest !== undefined) known.delete(oldest);
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
  const documents = parseAllDocuments(text, { uniqueKeys: true, version: '1.1' });
  const manifests = manifestsIn(documents, text);
  for (const document of documents)
    visit(document, {
      Scalar: (_key, { type, source = '' }) => (type === 'PLAIN' ? refuseTwoReadings(source, text) : undefined),
    });
  return manifests;
}

/** Texts that YAML 1.1 and 1.2 read in the same way. */
const clear = new Set<string>();

/** What two versions of YAML read in two ways, two readers may; quotes leave nothing to read. */
function refuseTwoReadings(source: string, text: string): void {
  if (clear.has(source)) return;
  const read = (version: '1.1' | '1.2'): unknown => parse(source, { version, logLevel: 'silent' });
  if (source === '<<' || !isDeepStrictEqual(read('1.1'), read('1.2')))
    throw new Find(`manifest: read in two ways: ${/^kind: (.*)/m.exec(text)?.[1] ?? ''}`, `${source}\n${text.slice(0, 2000)}`);
  clear.add(source);
}

function manifestsIn(documents: readonly Document[], text: string): Manifest[] {
  try {
    return documents.flatMap(readManifest);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new Find(`manifest: ${kindOf(message)}`, `${message}\n${text.slice(0, 2000)}`);
  }
}

/** Refuses manifests that Kubernetes would refuse. */
export function checkManifests(manifests: readonly Manifest[]): void {
  const sentences = [...manifests.flatMap(violationsOf), ...breaches(manifests)];
  const [first] = sentences;
  if (first !== undefined) throw new Find(`kubernetes: ${kindOf(first)}`, sentences.join('\n'));
}

/** Of a manifest that was met before, it is known. */
const violationsOf = oncePer((manifest: Manifest) => violations(manifest).map(withoutName));

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
