import type { Service } from '../generate/model.ts';
import type { SchemaFile } from '../generate/validate/schema-files.ts';
import { sha256 } from './checksum.ts';
import { isBegun } from './ledger.ts';
import type { PlannedStatement } from './plan.ts';

/** How it stands with a file that the ledger does not have as it is. */
type Standing = 'new' | 'begun' | 'edited' | 'renamed';

const REASONS: Readonly<Record<Standing, string>> = {
  new: 'the schema file is not applied yet',
  begun: 'the schema file was begun outside a transaction, and goes on where it was broken off',
  renamed: 'the schema file was applied under another name, which will be refused: give it that name back',
  edited: 'the schema file was edited after it was applied, which will be refused',
};

function standingOf({ name, text }: SchemaFile, ledger: ReadonlyMap<string, string>, service: Service): Standing {
  if (ledger.has(name)) return 'edited';
  if (isBegun(name, ledger)) return 'begun';
  const isThere = (row: string): boolean => row.includes(' ') || service.schemaFiles.some((file) => file.name === row);
  return [...ledger].some(([row, checksum]) => checksum === sha256(text) && !isThere(row)) ? 'renamed' : 'new';
}

/** Of a file that was begun outside a transaction, the statements that are not done. */
function textLeft({ name, text, lines, steps }: SchemaFile, ledger: ReadonlyMap<string, string>): string {
  if (steps === undefined) return text;
  const isLeft = (index: number): boolean => steps[index]?.how === 'always' || !ledger.has(`${name} statement ${index + 1}`);
  const rows = text.split('\n');
  const pieces = lines.map((line, index) => rows.slice(line - 1, (lines[index + 1] ?? Infinity) - 1).join('\n'));
  return pieces.filter((_, index) => isLeft(index)).join('\n');
}

/** What is planned of a file that this ledger does not have as it is. */
export function pendingBy(service: Service, file: SchemaFile, ledger: ReadonlyMap<string, string>): PlannedStatement {
  return pending(service, { ...file, text: textLeft(file, ledger) }, standingOf(file, ledger, service));
}

export function pending(service: Service, { name, text }: SchemaFile, standing: Standing = 'new'): PlannedStatement {
  const willRun = standing === 'new' || standing === 'begun';
  return {
    service: service.name,
    statement: `apply ${name} as ${service.user}`,
    reason: REASONS[standing],
    ...(willRun && { sql: text }),
  };
}
