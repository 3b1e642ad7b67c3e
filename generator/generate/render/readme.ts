import { markdownTable } from 'markdown-table';
import { fieldsOf, isMapOfEntries, isRecord, type Field } from '../fields.ts';
import type { Model } from '../model.ts';
import type { Texts } from '../read/texts.ts';
import { EXTENSIONS } from '../validate/extensions.ts';
import { cell, listCode } from './markdown.ts';
import { BANNER, type OutputFile } from './output.ts';
import { takesOf } from './takes.ts';
import { templateNamed } from './templates.ts';

/** chart/README.md, with the tables of all fields and of the extensions that a service cannot create for itself. */
export function renderReadme({ contract, rules }: Model, templates: Texts): OutputFile[] {
  const extensions = { allowed: allowedExtensions(), refused: refusedExtensions() };
  const data = { tables: tablesOf(fieldsOf(contract)), rules, extensions, banner: BANNER };
  return [{ path: 'README.md', content: templateNamed(templates, 'README.md.hbs')(data) }];
}

interface Table {
  readonly title: string;
  /** What its rows have in common; empty when each says it all. */
  readonly about: string;
  readonly table: string;
}

/** A line of a table: a field, or, without the rest, what the fields are about that follow. */
interface Row {
  readonly path: string;
  readonly takes: string;
  readonly default: string;
  readonly restarts: boolean;
  readonly description: string;
}

/** A table for each of the contract's groups; first those of entries, which people write most. */
function tablesOf(fields: readonly Field[]): Table[] {
  const titles = [...new Set(fields.filter((field) => !isMapOfEntries(field)).map(groupOf))];
  const others = titles.map((title) =>
    tableOf(
      title,
      fields.filter((field) => groupOf(field) === title),
    ),
  );
  return [...fields.filter(isMapOfEntries).flatMap(tablesOfEntries), ...others];
}

/** A group of one field has what is below that, by the names there. */
function tableOf(title: string, group: readonly Field[]): Table {
  const [first, second] = group;
  if (first === undefined || second !== undefined)
    return withTable(
      title,
      '',
      group.flatMap((field) => rowsOf(field)),
    );
  const above = `${first.path}.`;
  return withTable(
    title,
    `Below \`${first.path}\`. ${first.description}`,
    first.fields.flatMap((field) => rowsOf(field, above)),
  );
}

/** The fields of an entry, by their names below it, and those of the entries that it has itself. */
function tablesOfEntries(map: Field): Table[] {
  const above = `${map.path}.<name>.`;
  const about = `Below \`${above.slice(0, -1)}\`. ${map.description} The name is ${nameOf(map)}.`;
  const own = map.fields.filter((field) => !isMapOfEntries(field)).flatMap((field) => rowsOf(field, above));
  return [withTable(groupOf(map), about, own), ...map.fields.filter(isMapOfEntries).flatMap(tablesOfEntries)];
}

/** Where nothing restarts the server there is no column for it, which leaves room for the others. */
function withTable(title: string, about: string, rows: readonly Row[]): Table {
  const isCalm = rows.every(({ restarts }) => !restarts);
  const head = ['Field', 'Takes', 'Default', ...(isCalm ? [] : ['Restarts?']), 'What it does'];
  const lines = rows.map((row) => [
    listCode([row.path]),
    cell(row.takes),
    row.default,
    ...(isCalm ? [] : [row.restarts ? 'yes' : '']),
    cell(row.description),
  ]);
  const sentence = [about, ...(isCalm ? ['None of these restarts the server.'] : [])].filter((each) => each !== '').join(' ');
  return { title, about: sentence, table: markdownTable([head, ...lines], { alignDelimiters: false }) };
}

/** What an entry may be called, all of it: no row says it. */
function nameOf({ schema }: Field): string {
  const names = schema['propertyNames'];
  return isRecord(names) ? String(names['x-allowed']).replace(/^.*?: /, '') : 'a text';
}

function groupOf({ schema }: Field): string {
  return String(schema['x-group']);
}

function rowsOf(field: Field, above = ''): Row[] {
  const path = field.path.slice(above.length);
  const head = { path, takes: '', default: '', restarts: false, description: field.description };
  return field.fields.length === 0
    ? [{ ...head, ...valueOf(field) }]
    : [head, ...field.fields.flatMap((below) => rowsOf(below, above))];
}

function valueOf({ schema, default: usual, effect, kind, description }: Field): Omit<Row, 'path'> {
  return {
    takes: takesOf(schema),
    default: showDefault(usual),
    restarts: effect === 'restart',
    description: `${kind === 'structure' ? '_Structure._ ' : ''}${description}`,
  };
}

/** Between backticks, where a table needs no more than its bars escaped; no default has one. */
function showDefault(value: unknown): string {
  if (value === '') return 'empty';
  const entries = entriesOf(value);
  if (entries === undefined) return `\`${String(value)}\``;
  return entries.length === 0 ? 'none' : listCode(entries);
}

/** The lines that somebody would write of a map or list, in whichever depth; undefined for a value. */
function entriesOf(value: unknown): string[] | undefined {
  if (Array.isArray(value)) return value.flatMap((item) => entriesOf(item) ?? [String(item)]);
  if (!isRecord(value)) return undefined;
  return Object.entries(value).flatMap(([key, entry]) => {
    const below = entriesOf(entry);
    if (below?.length === 0) return [`${key}: ${Array.isArray(entry) ? '[]' : '{}'}`];
    return below?.map((line) => `${key}${isRecord(entry) ? '.' : ': '}${line}`) ?? [`${key}: ${String(entry)}`];
  });
}

/** Those that the admin creates once they are allowed, with what is then closed to services. */
function allowedExtensions(): string {
  return [...EXTENSIONS.values()]
    .filter(({ isTrusted, refusal }) => !isTrusted && refusal === undefined)
    .map(({ name, closed }) => {
      const functions = [...new Set(closed.map((each) => each.replace(/\(.*/, '')))];
      return `\`${name}\`${functions.length > 0 ? ` (without ${listCode(functions)})` : ''}`;
    })
    .join(', ');
}

/** Those that are refused, trusted or not, together where the reason is the same. */
function refusedExtensions(): { names: string; refusal: string }[] {
  const byReason = new Map<string, string[]>();
  for (const { name, refusal } of EXTENSIONS.values())
    if (refusal !== undefined) byReason.set(refusal, [...(byReason.get(refusal) ?? []), name]);
  return [...byReason].map(([refusal, names]) => ({ names: listCode(names), refusal }));
}
