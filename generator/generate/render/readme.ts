import { fieldsOf, isRecord, leavesOf } from '../fields.ts';
import type { Model } from '../model.ts';
import type { Texts } from '../read/texts.ts';
import { EXTENSIONS } from '../validate/extensions.ts';
import { BANNER, type OutputFile } from './output.ts';
import { templateNamed } from './templates.ts';

/** chart/README.md, with the tables of all fields and of the extensions that a service cannot create for itself. */
export function renderReadme({ contract, rules }: Model, templates: Texts): OutputFile[] {
  const fields = fieldsOf(contract)
    .flatMap(leavesOf)
    .map((field) => ({ ...field, default: showDefault(field.default), effect: field.effect === 'none' ? '' : field.effect }));
  const data = { fields, rules, extensions: extensionRows(), banner: BANNER };
  return [{ path: 'README.md', content: templateNamed(templates, 'README.md.hbs')(data) }];
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
