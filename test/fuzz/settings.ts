import { isRecord } from '../../generator/generate/fields.ts';
import { dataOf, pick, type Manifest } from '../tools/manifests.ts';
import { Find } from './find.ts';

/** The text of postgresql.conf among manifests. */
export function configOf(manifests: readonly Manifest[]): string {
  return dataOf(pick(manifests, 'ConfigMap', /-config$/))['postgresql.conf'] ?? '';
}

/** Refuses a postgresql.conf that does not say of every setting what the values say. */
export function checkSettings(manifests: readonly Manifest[], values: unknown): void {
  const text = configOf(manifests);
  const settings = entriesOf(text);
  const names = settings.map(([name]) => name);
  const twice = names.find((name, at) => names.indexOf(name) < at);
  if (twice !== undefined) throw new Find('postgresql.conf: a setting stands there twice', `${twice}\n${text}`);
  const given = recordAt(recordAt(values, 'postgresql'), 'settings');
  for (const [name, value] of Object.entries(given)) {
    const found = new Map(settings).get(name);
    const isSame = typeof value === 'number' ? Number(found) === value : found === String(value);
    if (value !== null && !isSame)
      throw new Find(
        'postgresql.conf: another value than was given',
        `${name}: ${JSON.stringify(value)}, found ${JSON.stringify(found)}\n${text}`,
      );
  }
}

/** Names and values, as guc-file.l reads them: a value between quotes has '' for a quote and escapes with a backslash. */
function entriesOf(text: string): [string, string][] {
  return text.split('\n').flatMap((line): [string, string][] => {
    if (/^\s*(#|$)/.test(line)) return [];
    const parts = /^([a-z_][\w.]*) = (?:'((?:[^'\\]|''|\\.)*)'|([\w.-]+))$/i.exec(line);
    if (!parts) throw new Find('postgresql.conf: a line that is none', line);
    const [, name = '', quoted, bare = ''] = parts;
    return [
      [name, quoted === undefined ? bare : quoted.replaceAll(/''|\\(.)/g, (both, escaped?: string) => unescaped(both, escaped))],
    ];
  });
}

function unescaped(both: string, escaped: string | undefined): string {
  if (escaped === undefined) return both.slice(1);
  return (
    new Map([
      ['n', '\n'],
      ['t', '\t'],
      ['r', '\r'],
      ['b', '\b'],
      ['f', '\f'],
    ]).get(escaped) ?? escaped
  );
}

function recordAt(value: unknown, key: string): Readonly<Record<string, unknown>> {
  const found = isRecord(value) ? value[key] : undefined;
  return isRecord(found) ? found : {};
}
