import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { format } from 'prettier';
import { PROJECT } from './folders.ts';
import { attributesOf, requiredOf } from './kubernetes.ts';
import { EXTRA, type JsonSchema } from './kubernetes-extra.ts';

/** What the contract's fields of free form refer to. */
const MODELS = [
  'V1Affinity',
  'V1Container',
  'V1EnvVar',
  'V1NetworkPolicyPeer',
  'V1PodSecurityContext',
  'V1SecurityContext',
  'V1Toleration',
  'V1TopologySpreadConstraint',
  'V1Volume',
  'V1VolumeMount',
];

export const PARTS = join(PROJECT, 'schema/kubernetes.json');

/** schema/kubernetes.json: structure from the models of Kubernetes' client, ranges and patterns from EXTRA. */
export async function renderParts(): Promise<string> {
  const parts: Record<string, JsonSchema> = {};
  for (const model of MODELS) define(model, parts);
  const sorted = Object.entries(parts).sort(([a], [b]) => (a < b ? -1 : 1));
  const $comment = 'Generated from the models of @kubernetes/client-node by npm run parts; edits are lost.';
  return format(JSON.stringify({ $comment, $defs: Object.fromEntries(sorted) }), { parser: 'json', printWidth: 140 });
}

function define(model: string, parts: Record<string, JsonSchema>): void {
  if (model in parts) return;
  const schema: JsonSchema = { type: 'object', additionalProperties: false };
  parts[model] = schema;
  const { omit = [], required = [], ...extra } = EXTRA[model] ?? {};
  const attributes = attributesOf(model).filter(({ baseName }) => !omit.includes(baseName));
  const declared = requiredOf(model);
  const names = attributes.filter(({ name, baseName }) => declared.has(name) || required.includes(baseName));
  schema['properties'] = Object.fromEntries(
    attributes.map(({ baseName, type, format }) => [
      baseName,
      { ...typeOf(type, format, parts), ...EXTRA[`${model}.${baseName}`] },
    ]),
  );
  if (names.length > 0) schema['required'] = names.map(({ baseName }) => baseName);
  Object.assign(schema, extra);
}

function typeOf(type: string, format: string, parts: Record<string, JsonSchema>): JsonSchema {
  const list = /^(?:Array|Set)<(.+)>$/.exec(type)?.[1];
  if (list) return { type: 'array', items: typeOf(list, format, parts) };
  if (type.startsWith('{ [key: string]: string')) return { type: 'object', additionalProperties: { type: 'string' } };
  if (type === 'number') return { type: 'integer', minimum: 0, maximum: format === 'int32' ? 2147483647 : 9223372036 };
  if (type === 'IntOrString') return { type: ['integer', 'string'] };
  if (type === 'string' || type === 'boolean') return { type };
  define(type, parts);
  return { $ref: `#/$defs/${type}` };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) writeFileSync(PARTS, await renderParts());

export const readParts = (): string => readFileSync(PARTS, 'utf8');
