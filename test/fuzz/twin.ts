import { Ajv } from 'ajv';
import { isRecord } from '../../generator/generate/fields.ts';
import { dataOf, type Manifest } from '../tools/manifests.ts';
import { Find } from './find.ts';
import { isJson, type Json } from './json.ts';
import { differenceOf } from './rendered.ts';

/** Values in which plain words stand in the place of texts, and which text each is for. */
export interface Twin {
  readonly values: Json;
  readonly texts: ReadonlyMap<string, string>;
}

type Schema = Readonly<Record<string, unknown>>;

/** Whether a word may stand where a schema is, and gives the one that shall. */
type Exchange = (text: string, schema: Schema) => string;

/**
 * Texts must not matter to what is rendered: the values with plain words must give the same objects, with the words where the texts are.
 * So no table says where a field leads, and whatever a text does beyond standing there is found. What shapes the chart stays as it is, and
 * the server's settings do, of which PostgreSQL says what may stand there.
 */
export function twinOf(values: unknown, contract: object): Twin {
  const texts = new Map<string, string>();
  const exchange: Exchange = (text, schema) => {
    const word = `zq${texts.size}x`;
    // An empty text and a dash mean something of their own.
    if (text === '' || text === '-' || !takes(schema, word)) return text;
    texts.set(word, text);
    return word;
  };
  return { values: exchanged(values, recordOf(contract), exchange), texts };
}

function exchanged(data: unknown, schema: Schema, exchange: Exchange): Json {
  if (typeof data === 'string') return exchange(data, schema);
  if (Array.isArray(data)) return data.map((item) => exchanged(item, recordOf(schema['items']), exchange));
  if (!isRecord(data)) return isJson(data) ? data : null;
  const fields = recordOf(schema['properties']);
  const entry = recordOf(schema['additionalProperties']);
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => {
      const below = recordOf(Object.hasOwn(fields, key) ? fields[key] : entry);
      return [key, key === 'settings' ? (isJson(value) ? value : null) : exchanged(value, below, exchange)];
    }),
  );
}

const ajv = new Ajv({ strict: false });

function takes(schema: Schema, word: string): boolean {
  return schema['enum'] === undefined && schema['x-kind'] !== 'structure' && ajv.validate(schema, word);
}

function recordOf(value: unknown): Schema {
  return isRecord(value) ? value : {};
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
export function settled(manifest: Manifest): unknown {
  const isHashed = manifest.kind === 'Job' || manifest.kind === 'CronJob';
  const data = manifest.kind === 'Secret' ? withoutPassword(dataOf(manifest)) : manifest['data'];
  const whole = { ...manifest, ...(data === undefined ? {} : { data }) };
  const metadata = isHashed ? { ...manifest.metadata, name: '' } : manifest.metadata;
  return JSON.parse(JSON.stringify({ ...whole, metadata }, (key, value: unknown) => (key.startsWith('checksum/') ? '' : value)));
}

function withoutPassword(data: Record<string, string>): Record<string, string> {
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
