import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRecord } from '../../generator/generate/fields.ts';
import { PROJECT } from './folders.ts';

/** The page that says what scripts can rely on. */
export const PAGE = readFileSync(join(PROJECT, 'docs/command-line.md'), 'utf8');

/** The rows of the table of the page under these headings. */
export function rowsUnder(...headings: readonly string[]): string[][] {
  const lines = PAGE.split('\n');
  const cells = (line: string): string[] =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
  const head = lines.findIndex((line) => cells(line).join('|') === headings.join('|'));
  if (head < 0) throw new Error(`docs/command-line.md has no table ${headings.join(', ')}`);
  const rest = lines.slice(head + 2);
  return rest
    .slice(
      0,
      rest.findIndex((line) => !line.startsWith('|')),
    )
    .map(cells);
}

const namesIn = (cell = ''): string[] => [...cell.matchAll(/`(\w+)`/g)].map(([, name = '']) => name);

/** The fields that a document of a command has, as the page says. */
export function documentedFields(command: string): string[] {
  let commands: readonly string[] = [];
  const rows = rowsUnder('command', 'field', 'what').map(([of, field]) => {
    if (of !== '') commands = namesIn(of);
    return { commands, fields: namesIn(field) };
  });
  const own = rows.filter((row) => row.commands.includes(command)).flatMap(({ fields }) => fields);
  const edits = ['add', 'remove', 'rename'].includes(command) ? [...documentedFields('generate'), 'moved'] : [];
  return ['command', 'exitCode', 'problems', ...own, ...edits];
}

/** The fields of a document that a command printed. */
export function fieldsOf(document: string): string[] {
  const data: unknown = JSON.parse(document);
  return isRecord(data) ? Object.keys(data) : [];
}
