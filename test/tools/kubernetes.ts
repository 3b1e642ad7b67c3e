import { Ajv, type ValidateFunction } from 'ajv';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { customResourceValidator } from './custom-resources.ts';
import type { Manifest } from './manifests.ts';

const require = createRequire(import.meta.url);
const GENERATED = join(dirname(require.resolve('@kubernetes/client-node')), 'gen');
const APIS = join(GENERATED, 'apis');
const MODELS = join(GENERATED, 'models');

type JsonSchema = Record<string, unknown>;

export interface Attribute {
  readonly name: string;
  readonly baseName: string;
  readonly type: string;
  /** int32, int64 and the like; empty for most. */
  readonly format: string;
}

const validators = new Map<string, ValidateFunction | undefined>();

/**
 * What a manifest has that Kubernetes does not know, lacks or takes for another type; empty when it fits. The schemas come
 * from the models of Kubernetes' client: types from attributeTypeMap, required fields from the declarations beside it.
 */
export function violations(manifest: Manifest): string[] {
  const kind = `${manifest.apiVersion}/${manifest.kind}`;
  if (!validators.has(kind)) validators.set(kind, validatorOf(manifest));
  const validate = validators.get(kind);
  if (validate === undefined) return [`${kind} is a kind that Kubernetes' client does not know`];
  const { name } = manifest.metadata;
  validate(manifest);
  return (validate.errors ?? []).map(
    (error) => `${kind} ${name}${error.instancePath} ${error.message} ${JSON.stringify(error.params)}`,
  );
}

function validatorOf(manifest: Manifest): ValidateFunction | undefined {
  const model = modelOf(manifest);
  if (model !== undefined) return compile(model);
  const { apiVersion, kind } = manifest;
  return customResourceValidator(apiVersion, kind);
}

/** The model of a kind: what the API of its group and version takes to make one. */
function modelOf({ apiVersion, kind }: Manifest): string | undefined {
  const [version = '', group = 'core'] = apiVersion.split('/').reverse();
  const words = [...group.replace(/\.k8s\.io$/, '').split('.'), version];
  const api = join(APIS, `${words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')}Api`);
  // The file's name tells only part of the group; the addresses that it calls tell all of it.
  const address = apiVersion.includes('/') ? `'/apis/${apiVersion}/` : `'/api/${apiVersion}/`;
  if (!existsSync(`${api}.js`) || !readFileSync(`${api}.js`, 'utf8').includes(address)) return undefined;
  const makes = new RegExp(` create(?:Namespaced)?${kind}\\((?:namespace: string, )?body: (\\w+)`);
  return makes.exec(readFileSync(`${api}.d.ts`, 'utf8'))?.[1];
}

/** One for all kinds: most of what makes pods is the same model. What is made here of theirs need not be checked itself. */
const ajv = new Ajv({ allErrors: true, strict: false, validateSchema: false });

function compile(model: string): ValidateFunction | undefined {
  define(model);
  return ajv.getSchema(model);
}

/** Adds a model, and those that it refers to, by their names. */
function define(model: string): void {
  if (defined.has(model)) return;
  defined.add(model);
  const required = requiredOf(model);
  const attributes = attributesOf(model);
  ajv.addSchema(
    {
      type: 'object',
      additionalProperties: false,
      properties: Object.fromEntries(
        attributes.map(({ baseName, type }) => [baseName, AMOUNTS.has(baseName) ? AMOUNT : schemaOf(type)]),
      ),
      required: attributes.filter(({ name }) => required.has(name)).map(({ baseName }) => baseName),
    },
    model,
  );
}

const defined = new Set<string>();

/** Quantities, which the models have as texts: the API reads a number as well (Quantity.UnmarshalJSON), and so do both Helms, for which a number can be a text. */
const AMOUNTS: ReadonlySet<string> = new Set(['sizeLimit', 'divisor']);
const AMOUNT: JsonSchema = { type: ['string', 'number'] };

function schemaOf(type: string): JsonSchema {
  const list = /^(?:Array|Set)<(.+)>$/.exec(type)?.[1];
  if (list) return { type: 'array', items: schemaOf(list) };
  const map = /^\{ \[key: string\]: (.+); \}$/.exec(type)?.[1];
  if (map) return { type: 'object', additionalProperties: schemaOf(map) };
  if (type === 'IntOrString') return { type: ['integer', 'string'] };
  if (type === 'any' || type === 'object') return {};
  if (type === 'Date' || type === 'V1MicroTime') return { type: 'string' };
  if (['string', 'number', 'boolean'].includes(type)) return { type };
  if (!existsSync(join(MODELS, `${type}.d.ts`))) throw new Error(`Kubernetes' client has no model ${type}`);
  define(type);
  return { $ref: type };
}

export function attributesOf(model: string): Attribute[] {
  const text = readFileSync(join(MODELS, `${model}.js`), 'utf8');
  const attributes = [
    ...text.matchAll(/"name": "([^"]+)",\s*"baseName": "([^"]+)",\s*"type": "([^"]+)",\s*"format": "([^"]*)"/g),
  ];
  if (attributes.length === 0) throw new Error(`${model} has no attributes`);
  return attributes.map(([, name = '', baseName = '', type = '', format = '']) => ({ name, baseName, type, format }));
}

/** Properties that are declared without a question mark. */
export function requiredOf(model: string): Set<string> {
  const text = readFileSync(join(MODELS, `${model}.d.ts`), 'utf8');
  const fields = text.slice(0, text.indexOf('static readonly'));
  return new Set([...fields.matchAll(/^ {4}'?(\w+)'?: /gm)].map(([, name = '']) => name));
}
