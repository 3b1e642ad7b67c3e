import { fieldsOf, isRecord, type Field } from '../fields.ts';
import type { Model } from '../model.ts';
import type { Texts } from '../read/texts.ts';
import { EXTENSIONS } from '../validate/extensions.ts';
import { BANNER, type OutputFile } from './output.ts';
import { templateNamed } from './templates.ts';

/**
 * chart/values.schema.json: the contract, for Helm. A line for each field, and without what only the generator reads: every release
 * carries it.
 */
export function renderContract({ contract }: Model): OutputFile[] {
  const { properties, ...rest } = { properties: {}, ...contract };
  const head = textForHelm({ $comment: BANNER, ...rest });
  const fields = Object.entries(properties).map(([name, field]) => `${JSON.stringify(name)}:${textForHelm(field)}`);
  const content = `${head.slice(0, -1)},"properties":{\n${fields.join(',\n')}\n}}\n`;
  return [{ path: 'values.schema.json', content }];
}

function textForHelm(schema: unknown): string {
  return JSON.stringify(schema, (key, value: unknown) => (['x-kind', 'x-allowed'].includes(key) ? undefined : value));
}

/** chart/README.md, with the tables of all fields and of the extensions that a service cannot create for itself. */
export function renderReadme({ contract, rules }: Model, templates: Texts): OutputFile[] {
  const fields = fieldsOf(contract)
    .flatMap(leaves)
    .map((field) => ({ ...field, default: showDefault(field.default) }));
  const data = { fields, rules, extensions: extensionRows(), banner: BANNER };
  return [{ path: 'README.md', content: templateNamed(templates, 'README.md.hbs')(data) }];
}

function leaves(field: Field): Field[] {
  return field.fields.length > 0 ? field.fields.flatMap(leaves) : [field];
}

function showDefault(value: unknown): string {
  if (value === '') return 'empty';
  if (Array.isArray(value) ? value.length === 0 : isRecord(value) && Object.keys(value).length === 0) return 'none';
  // Between backticks, where a table needs no more than its bars escaped; no default has one.
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}

/** Those of which somebody has to say whether they are allowed: not trusted, or refused although they are. */
function extensionRows(): { name: string; gives: string; allowed: string }[] {
  return [...EXTENSIONS.values()]
    .filter(({ isTrusted, refusal }) => !isTrusted || refusal !== undefined)
    .map(({ name, gives, refusal, closed }) => ({ name, gives, allowed: allowedOf(refusal, closed) }));
}

function allowedOf(refusal: string | undefined, closed: readonly string[]): string {
  if (refusal !== undefined) return `No. ${refusal}`;
  return closed.length > 0 ? `Yes, without ${closed.map((each) => `\`${each}\``).join(', ')}` : 'Yes';
}
