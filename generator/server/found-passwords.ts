import { parseEnv } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { isRecord } from '../generate/fields.ts';
import { listShort } from '../generate/lists.ts';
import { InputError, lineOf, positionAt, type Problem } from '../generate/problem.ts';

/** A text that passwords are read from, and how a person named it. */
export interface PasswordText {
  readonly file: string;
  readonly text: string;
}

/** What a login shows beside its password, in the driver's terms. */
export interface ClientCertificate {
  readonly cert: string;
  readonly key: string;
}

/** Something that may have the password of a login, or its certificate. */
export interface FoundPassword {
  readonly file: string;
  /** Whether it is a Secret of this name, or the .env file of a login role of this name. */
  readonly of: 'secret' | 'user';
  readonly name: string;
  /** The Secret's namespace. */
  readonly namespace: string;
  /** Undefined when it has none that the Job could use: empty, or of several lines. */
  readonly password: string | undefined;
  /** The login role that a Secret says it is of. */
  readonly user?: string;
  readonly certificate?: ClientCertificate;
  /** Why what stands there is no password. */
  readonly flaw?: string;
}

/**
 * What a text has of passwords: Kubernetes' Secrets in JSON or YAML, alone, in Lists or in several documents with whatever else; or the
 * variables of an .env file. Throws InputError when it has none, or cannot be read.
 */
export function findPasswords({ file, text }: PasswordText): FoundPassword[] {
  if (text.trim() === '') throw refusal(file, 'there is nothing in it', EXPECTED);
  if (isEnvironment(text)) return [readEnvironment(file, text)];
  const objects = readObjects(file, text);
  const secrets = objects.filter((object) => object['kind'] === 'Secret').flatMap((secret) => readSecret(file, secret));
  if (secrets.length > 0 || objects.some(({ kind }) => kind === 'List' || kind === 'SecretList')) return secrets;
  const kinds = [...new Set(objects.map(({ kind }) => (typeof kind === 'string' ? kind : 'something without a kind')))];
  throw refusal(file, `there is no Secret in it${kinds.length > 0 ? `, but ${listShort(kinds)}` : ''}`, EXPECTED);
}

const EXPECTED =
  'Give what `kubectl get secrets --output json` prints, Secrets in YAML, what `helm template` prints, or the .env files that dev writes.';

function refusal(file: string, message: string, hint: string): InputError {
  return new InputError([{ file, message, hint }]);
}

/** Whether every line that says something sets a variable. */
function isEnvironment(text: string): boolean {
  const lines = text.split('\n').filter((line) => !/^\s*(#.*)?$/.test(line));
  return lines.every((line) => /^\s*(export\s+)?[A-Za-z_]\w*=/.test(line));
}

function readEnvironment(file: string, text: string): FoundPassword {
  const { PGUSER: name, PGPASSWORD: password } = parseEnv(text);
  if (name === undefined || password === undefined)
    throw refusal(file, 'this .env file has no PGUSER and PGPASSWORD', 'Give those that dev writes, one file or their folder.');
  return { file, of: 'user', name, namespace: '', password: usable(password) };
}

/** As the Job takes it: one line, with an end or without, and not empty. */
function usable(password: string): string | undefined {
  const line = password.replace(/\n$/, '');
  return line === '' || line.includes('\n') ? undefined : line;
}

type Fields = Readonly<Record<string, unknown>>;

/** All objects of a text, with those that its Lists hold. */
function readObjects(file: string, text: string): Fields[] {
  return parseDocuments(file, text).flatMap(withItems);
}

function withItems(object: unknown): Fields[] {
  if (!isRecord(object)) return [];
  const items: readonly unknown[] = Array.isArray(object['items']) ? object['items'] : [];
  return [object, ...items.flatMap(withItems)];
}

function parseDocuments(file: string, text: string): unknown[] {
  try {
    return [JSON.parse(text)];
  } catch {
    return documentsOf(text).flatMap((document) => parseYaml(file, text, document));
  }
}

interface Piece {
  readonly start: number;
  readonly text: string;
}

/** The documents of a text that may hold a Secret: a chart of a thousand services renders megabytes of others. */
function documentsOf(text: string): Piece[] {
  const marks = [...text.matchAll(/^---(?:[ \t].*)?$/gm)].map(({ index, 0: mark }) => ({
    start: index,
    next: index + mark.length,
  }));
  const starts = [0, ...marks.map(({ next }) => next)];
  const pieces = starts.map((start, index) => ({ start, text: text.slice(start, marks[index]?.start) }));
  const [kindOnly, rest] = [/^kind: *["']?(?!Secret|List)\w+["']?[ \t]*\r?$/m, /\S/];
  return pieces.filter((piece) => rest.test(piece.text)).map((piece) => (kindOnly.test(piece.text) ? kindOf(piece) : piece));
}

/** Of a document of another kind nothing but that. */
function kindOf({ start, text }: Piece): Piece {
  return { start, text: /^kind:.*$/m.exec(text)?.[0] ?? '' };
}

function parseYaml(file: string, whole: string, { start, text }: Piece): unknown[] {
  const documents = parseAllDocuments(text, { prettyErrors: false, logLevel: 'silent' });
  return [...documents].map((document) => {
    const [error] = document.errors;
    if (error) throw new InputError([flawIn(file, whole, start + error.pos[0], error.message)]);
    const data: unknown = document.toJS();
    return data;
  });
}

function flawIn(file: string, text: string, offset: number, message: string): Problem {
  const position = positionAt(text, offset);
  // The line is not shown: a password may be in it.
  const isTab = lineOf(text, position.line).startsWith('\t');
  const hint = isTab ? 'YAML is indented by spaces, never by tabs.' : EXPECTED;
  return { file, position, message: `it is neither JSON nor YAML: ${message}`, hint };
}

function readSecret(file: string, secret: Fields): FoundPassword[] {
  const metadata = isRecord(secret['metadata']) ? secret['metadata'] : {};
  const { name, namespace } = metadata;
  if (typeof name !== 'string') return [];
  const found = { file, of: 'secret', name, namespace: typeof namespace === 'string' ? namespace : 'default' } as const;
  const user = textAt(secret, 'username');
  return [{ ...found, ...readPassword(secret), ...(user !== undefined && { user }), ...readCertificate(secret) }];
}

function textAt({ data, stringData }: Fields, key: string): string | undefined {
  const plain = isRecord(stringData) ? stringData[key] : undefined;
  const encoded = isRecord(data) ? data[key] : undefined;
  if (typeof plain === 'string') return plain;
  return typeof encoded === 'string' ? Buffer.from(encoded, 'base64').toString('utf8') : undefined;
}

/** That of a Secret of type kubernetes.io/tls. */
function readCertificate(secret: Fields): Pick<FoundPassword, 'certificate'> {
  const [cert, key] = ['tls.crt', 'tls.key'].map((name) => textAt(secret, name));
  return cert === undefined || key === undefined ? {} : { certificate: { cert, key } };
}

/** Kubernetes takes stringData before data (Secret in its API). */
function readPassword({ data, stringData }: Fields): Pick<FoundPassword, 'password' | 'flaw'> {
  const plain = isRecord(stringData) ? stringData['password'] : undefined;
  if (typeof plain === 'string') return { password: usable(plain) };
  const encoded = isRecord(data) ? data['password'] : undefined;
  if (typeof encoded !== 'string') return { password: undefined };
  const base64 = encoded.replaceAll(/[\r\n]/g, '');
  if (base64.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(base64))
    return {
      password: undefined,
      flaw: 'what stands at data.password is no base64; in plain text it belongs at stringData.password',
    };
  return { password: usable(Buffer.from(base64, 'base64').toString('utf8')) };
}
