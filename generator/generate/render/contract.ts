import { fieldsOf, isRecord, type Field } from '../fields.ts';
import type { Model } from '../model.ts';
import type { Texts } from '../read/texts.ts';
import { BANNER, type OutputFile } from './output.ts';
import { templateNamed } from './templates.ts';

/** chart/values.schema.json: the contract, for Helm. */
export function renderContract({ contract }: Model): OutputFile[] {
  const content = `${JSON.stringify({ $comment: BANNER, ...contract }, null, 2)}\n`;
  return [{ path: 'values.schema.json', content }];
}

/** chart/README.md, with the table of all fields. */
export function renderReadme({ contract }: Model, templates: Texts): OutputFile[] {
  const fields = fieldsOf(contract)
    .flatMap(leaves)
    .map((field) => ({ ...field, default: showDefault(field.default) }));
  return [{ path: 'README.md', content: templateNamed(templates, 'README.md.hbs')({ fields, banner: BANNER }) }];
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
