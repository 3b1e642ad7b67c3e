import { isRecord, valueAt } from './fields.ts';
import type { ParsedValues } from './parse.ts';

/** What a text of connections.templates may have between two braces; the contract refuses all else there. */
const PLACEHOLDERS = [
  ...['host', 'port', 'database', 'username', 'sslmode', 'authorityFile', 'password'],
  ...['passwordForUri', 'passwordForDotnet', 'passwordForDsn', 'passwordForPgpass', 'passwordForJson'],
];

const ONE_BRACE = new RegExp(`(?<!\\{)\\{(${PLACEHOLDERS.join('|')})\\}`, 'g');

/** What most likely was to be a placeholder, and goes into the Secret as it stands: somebody may mean it, so it is not refused. */
export function noteSingleBraces({ values }: Pick<ParsedValues, 'values'>): string[] {
  const templates = valueAt(values, ['connections', 'templates']);
  return Object.entries(isRecord(templates) ? templates : {}).flatMap(([key, text]) => {
    const names = typeof text === 'string' ? [...text.matchAll(ONE_BRACE)].map(([, name = '']) => name) : [];
    return [...new Set(names)].map(
      (name) =>
        `connections.templates.${key} has {${name}}, which stays as it is; a placeholder has two braces on each side: {{${name}}}`,
    );
  });
}
