import { Ajv, type ValidateFunction } from 'ajv';
import { isRecord } from '../../generator/generate/fields.ts';
import { oncePer } from '../../generator/generate/once.ts';
import { dataOf, type Manifest, withoutCertificateFacts } from '../tools/manifests.ts';
import { Find } from './find.ts';
import { isJson, type Json } from './json.ts';
import { differenceOf } from './rendered.ts';

/** Values in which plain words stand in the place of texts, and which text each is for. */
export interface Twin {
  readonly values: Json;
  readonly texts: ReadonlyMap<string, string>;
}

/**
 * Texts must not matter to what is rendered: the values with plain words must give the same objects, with the words where the texts are.
 * So no table says where a field leads, and whatever a text does beyond standing there is found. What shapes the chart stays as it is, and
 * so do the server's settings, of which PostgreSQL says what may stand there, and all that the contract does not let be any word.
 */
export function twinOf(values: unknown, contract: object): Twin {
  const fits = validatorOf(contract);
  const texts = new Map<string, string>();
  let twin = values;
  for (const path of textPaths(values, contract, [])) {
    const text = valueAt(values, path);
    const word = `zq${texts.size}x`;
    const exchanged = withWord(twin, path, word);
    // An empty text and a dash mean something of their own.
    if (VOLUME.test(path.join('.')) || typeof text !== 'string' || text === '' || text === '-' || !fits(exchanged)) continue;
    if (FILLED_IN.test(path.join('.')) && text.includes('{{')) continue;
    twin = exchanged;
    texts.set(word, text);
  }
  return { values: isJson(twin) ? twin : null, texts };
}

/** The values without the fields for which null is given. For an entry of a map null says something: it takes the entry out. */
export function withoutNulls(values: unknown, schema: unknown): Json {
  if (!isRecord(values) || !hasFields(schema)) return isJson(values) ? values : null;
  const said = Object.entries(values).filter(
    ([key, value]) => value !== null || valueAt(schema, ['properties', key]) === undefined,
  );
  return Object.fromEntries(said.map(([key, value]) => [key, withoutNulls(value, fieldOf(schema, key))]));
}

function hasFields(schema: unknown): boolean {
  return [['properties'], ['additionalProperties', 'properties']].some((path) => valueAt(schema, path) !== undefined);
}

type Steps = readonly string[];

/** Texts in which placeholders are replaced. */
const FILLED_IN = /^connections\.templates\./;

/** Where a volume is named: in one place it is made, and the others mean it. */
const VOLUME = /^extraVolumes\.\d+\.name$|volume(Mounts|Devices)\.\d+\.name$/i;

/** Where texts stand that may be a knob's. */
function textPaths(data: unknown, schema: unknown, path: Steps): Steps[] {
  const isStructure = valueAt(schema, ['x-kind']) === 'structure';
  if (isStructure && (typeof data === 'string' || Array.isArray(data))) return [];
  if (typeof data === 'string') return [path];
  if (typeof data !== 'object' || data === null || path.join('.') === 'postgresql.settings') return [];
  return Object.entries(data).flatMap(([key, value]) => textPaths(value, fieldOf(schema, key), [...path, key]));
}

function fieldOf(schema: unknown, key: string): unknown {
  return valueAt(schema, ['properties', key]) ?? valueAt(schema, ['additionalProperties']);
}

function valueAt(data: unknown, path: Steps): unknown {
  return path.reduce((node, step) => below(node, step), data);
}

function below(data: unknown, step: string): unknown {
  const items: readonly unknown[] = Array.isArray(data) ? data : [];
  if (items.length > 0) return items[Number(step)];
  return isRecord(data) && Object.hasOwn(data, step) ? data[step] : undefined;
}

function withWord(data: unknown, [step, ...rest]: Steps, word: string): unknown {
  if (step === undefined) return word;
  if (Array.isArray(data)) return data.map((item: unknown, at) => (String(at) === step ? withWord(item, rest, word) : item));
  if (!isRecord(data)) return data;
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, key === step ? withWord(value, rest, word) : value]),
  );
}

const validators = new WeakMap<object, ValidateFunction>();

function validatorOf(contract: object): ValidateFunction {
  const known = validators.get(contract) ?? new Ajv({ strict: false }).compile(contract);
  validators.set(contract, known);
  return known;
}

/** Refuses objects that differ from the twin's in more than the texts. */
export function checkTwin(manifests: readonly Manifest[], twin: readonly Manifest[], texts: Twin['texts']): void {
  const put = (text: string): string => text.replaceAll(/zq\d+x/g, (word) => texts.get(word) ?? word);
  const differences = differenceOf(manifests.map(settled), mapStrings(twin.map(settled), put)).filter((line) => line !== '');
  const [first] = differences;
  if (first !== undefined) throw new Find(`twin: a text does more than stand there: ${placeOf(first)}`, differences.join('\n'));
}

function placeOf(difference: string): string {
  return difference
    .replace(/: .*/s, '')
    .replaceAll(/\[\d+\]/g, '[]')
    .slice(0, 120);
}

/** A manifest without what differs at every rendering: passwords, hashes, and names that end in a hash or are cut. */
export const settled = oncePer(settle);

function settle(manifest: Manifest): unknown {
  const isHashed = manifest.kind === 'Job' || manifest.kind === 'CronJob';
  const { metadata: kept } = withoutCertificateFacts(manifest);
  const data = manifest.kind === 'Secret' ? withoutPassword(dataOf(manifest)) : manifest['data'];
  const whole = { ...manifest, ...(data === undefined ? {} : { data }) };
  const metadata = isHashed ? { ...kept, name: '' } : kept;
  return JSON.parse(
    JSON.stringify({ ...whole, metadata }, (key, value: unknown) =>
      key.startsWith('checksum/') || isCertificate(value) ? '' : value,
    ),
  );
}

/** The authority is made anew by every rendering, and may stand in the template of a Secret as well. */
function isCertificate(value: unknown): boolean {
  return typeof value === 'string' && value.startsWith('-----BEGIN CERTIFICATE-----');
}

/** Without what is made anew by every rendering: passwords, and certificates. */
function withoutPassword({ 'ca.crt': _, ...data }: Record<string, string>): Record<string, string> {
  if ('tls.key' in data) return Object.fromEntries(Object.keys(data).map((key) => [key, '']));
  const password = data['password'] ?? '';
  return Object.fromEntries(
    Object.entries(data).map(([key, text]) => [key, password === '' ? text : text.replaceAll(password, '')]),
  );
}

function mapStrings(data: unknown, change: (text: string) => string): unknown {
  if (typeof data === 'string') return change(data);
  if (Array.isArray(data)) return data.map((item) => mapStrings(item, change));
  if (!isRecord(data)) return data;
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [change(key), mapStrings(value, change)]));
}
