import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isRecord } from '../fields.ts';
import type { Texts } from './texts.ts';

/** The folder of the project: where the generator, the contract and the chart stand. */
const PROJECT = fileURLToPath(new URL('../../..', import.meta.url));

/** The project's own chart. */
export const CHART = join(PROJECT, 'chart');

/** schema/values.schema.json. */
export function readContract(): object {
  const contract: unknown = JSON.parse(readFileSync(join(PROJECT, 'schema/values.schema.json'), 'utf8'));
  if (typeof contract !== 'object' || contract === null) throw new Error('schema/values.schema.json is not an object');
  return contract;
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
