import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isRecord } from '../fields.ts';
import type { Texts } from './texts.ts';

/** The folder of the project: where the generator, the contract and the chart stand. */
const PROJECT = fileURLToPath(new URL('../../..', import.meta.url));

/** The project's own chart. */
export const CHART = join(PROJECT, 'chart');

/** schema/values.schema.json, with what it takes from schema/kubernetes.json in its place: Helm reads one file. */
export function readContract(): object {
  const contract = inline(readSchema('values.schema.json'), readSchema('kubernetes.json'));
  if (!isRecord(contract)) throw new Error('schema/values.schema.json is not an object');
  return contract;
}

function readSchema(name: string): unknown {
  return JSON.parse(readFileSync(join(PROJECT, 'schema', name), 'utf8'));
}

/** A schema without references: each is replaced by the part that it names. */
function inline(schema: unknown, parts: unknown): unknown {
  if (Array.isArray(schema)) return schema.map((each) => inline(each, parts));
  if (!isRecord(schema)) return schema;
  const part = typeof schema['$ref'] === 'string' && isRecord(parts) ? parts[schema['$ref'].replace(/^.*#\//, '')] : undefined;
  if (part !== undefined) return inline(part, parts);
  return Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, inline(value, parts)]));
}

/** Every template of the generator, by its file's name. */
export function readTemplates(): Texts {
  const folder = join(PROJECT, 'generator/templates');
  return new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}

/** The text of every rule, by its file's name: its doc comment is what documentation says of it. */
export function readRules(): Texts {
  const folder = join(PROJECT, 'generator/generate/validate/rules');
  return new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}

/** The version of this package. */
export function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8'));
  return isRecord(manifest) ? String(manifest['version']) : '';
}
