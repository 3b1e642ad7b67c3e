import table from '../../chart/connections/forms.json' with { type: 'json' };
import type { CompleteValues } from './validate/contract.ts';
import type { EngineValues } from './validate/engine.ts';
import { speaksTls } from './validate/tls.ts';

/** How a login reaches its database. */
export interface Login {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  /** Whether it must show a certificate, so that the forms name its files. */
  readonly showsCertificate?: boolean;
}

/** What is written of a login, and how sure a client is to be of the server. */
export interface Writing extends Pick<CompleteValues['connections'], 'authorityFile' | 'templates'> {
  readonly forms: readonly string[];
  readonly sslmode: CompleteValues['connections']['sslmode'] | 'disable';
}

/** What a form is: the texts of its keys, what stands for `{{tls}}` in them by sslmode, and what is added to them where a certificate is shown. */
interface Form {
  readonly keys: Readonly<Record<string, string>>;
  readonly tls: Readonly<Record<string, string>>;
  readonly certificate: Readonly<Record<string, string>>;
}

const FORMS = new Map<string, Form>(Object.entries(table));

/** What the values say of it. A server that speaks no TLS is asked for none. */
export function writingOf(values: EngineValues & Pick<CompleteValues, 'connections'>): Writing {
  return speaksTls(values) ? values.connections : { ...values.connections, sslmode: 'disable' };
}

/** The texts of a connection Secret by its keys: the template shared-postgresql.connection, without Helm. */
export function connectionOf(login: Login, writing: Writing): Readonly<Record<string, string>> {
  const facts = factsOf(login, writing);
  const texts = [...writing.forms.flatMap((name) => textsOf(name, login, writing)), ...Object.entries(writing.templates)];
  const filled = texts.map(([key, text]) => [key, fillIn(text, facts)] as const).filter(([, text]) => text !== '');
  return { ...basicsOf(login), ...Object.fromEntries(filled) };
}

/** Service Binding's keys and CloudNativePG's. */
function basicsOf({ host, port, database, user, password }: Login): Record<string, string> {
  return {
    ...{ type: 'postgresql', provider: 'shared-postgresql' },
    ...{ host, port: String(port), database, dbname: database, username: user, user, password },
  };
}

function textsOf(name: string, { showsCertificate = false }: Login, { sslmode }: Writing): [key: string, text: string][] {
  const form = FORMS.get(name);
  const shown = showsCertificate && sslmode !== 'disable' ? (form?.certificate ?? {}) : {};
  const keys = Object.keys({ ...form?.keys, ...shown });
  return keys.map((key) => [
    key,
    `${form?.keys[key] ?? ''}${shown[key] ?? ''}`.replace('{{tls}}', () => form?.tls[sslmode] ?? ''),
  ]);
}

/** Where a login's certificate and key are mounted, beside the authority; the key also as DER of PKCS #8, which is all that pgjdbc reads. */
export function certificateFilesOf(
  user: string,
  authorityFile: string,
): Readonly<Record<'certificateFile' | 'keyFile' | 'derKeyFile', string>> {
  const start = `${authorityFile.slice(0, authorityFile.lastIndexOf('/'))}/${user}`;
  return { certificateFile: `${start}.tls.crt`, keyFile: `${start}.tls.key`, derKeyFile: `${start}.key.der` };
}

/** What the placeholders of a form or a template stand for. */
function factsOf({ host, port, database, user, password }: Login, { sslmode, authorityFile }: Writing): Facts {
  return new Map([
    ...Object.entries({ host, port: String(port), database, username: user, sslmode, authorityFile, password }),
    ...Object.entries(certificateFilesOf(user, authorityFile)),
    [
      'passwordForUri',
      encodeURIComponent(password).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`),
    ],
    ['passwordForDotnet', /^[A-Za-z0-9]*$/.test(password) ? password : `"${password.replaceAll('"', '""')}"`],
    ['passwordForDsn', `'${password.replace(/[\\']/g, '\\$&')}'`],
    ['passwordForPgpass', password.replace(/[\\:]/g, '\\$&')],
    ['passwordForJson', JSON.stringify(password)],
  ]);
}

type Facts = ReadonlyMap<string, string>;

/** In one pass, so that nothing in a password is taken for a placeholder. */
function fillIn(text: string, facts: Facts): string {
  return text.replace(/\{\{([A-Za-z]+)\}\}/g, (_, name: string) => facts.get(name) ?? '');
}
