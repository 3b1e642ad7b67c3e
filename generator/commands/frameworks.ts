import { stringify } from 'yaml';
import { certificateFilesOf } from '../generate/connections.ts';

/** The frameworks of docs/connect.md: the first word of each heading below "By framework". */
export const FRAMEWORKS = [
  ...[
    'psql',
    'node-postgres',
    'postgres.js',
    'prisma',
    'psycopg',
    'sqlalchemy',
    'django',
    'asyncpg',
    'rails',
    'go',
    'spring',
    'dotnet',
  ],
  ...['rust', 'php', 'perl'],
] as const;

export type Framework = (typeof FRAMEWORKS)[number];

/** What a service needs to connect by a framework. */
export interface Snippet {
  /** Of the pod, as YAML. */
  readonly deployment: string;
  readonly language: string;
  readonly code: string;
}

/** The names that the page's text has others for. */
export interface SnippetNames {
  readonly container: string;
  readonly secret: string;
  /** The Secret with ca.crt. */
  readonly authoritySecret: string;
  readonly authorityFile: string;
  /** The Secret with the certificate that the login must show; the login, unless the Secret's keys have its name already. */
  readonly certificate: { readonly secret: string; readonly user: string | undefined } | undefined;
}

const FENCED = /^```(\w+)\n([^]*?)^```$/gm;

/** What the page has of a framework, as it stands there. Throws when it has nothing: that is a bug. */
export function snippetOn(page: string, framework: Framework): Snippet {
  const section = page.split(/^### /m).find((text) => text.split(/[\s(]/)[0] === framework) ?? '';
  const [deployment, code] = [...section.matchAll(FENCED)];
  if (deployment?.[1] !== 'yaml' || code === undefined) throw new Error(`docs/connect.md has no blocks for ${framework}`);
  const [, language = '', text = ''] = code;
  return { deployment: deployment[2] ?? '', language, code: text };
}

const SECRET = 'user-service-db-secret';
const FOLDER = '/etc/shared-postgresql';

/** What the page says that the code needs besides for a certificate. Throws when it says nothing: that is a bug. */
export function certificateNoteOn(page: string, framework: Framework): string {
  const rows = [...page.matchAll(/^\| (.+?) +\| (.+?) +\|$/gm)];
  const row = rows.find(([, names = '']) => names.split(', ').includes(framework));
  if (row?.[2] === undefined) throw new Error(`docs/connect.md does not say what ${framework} needs for a certificate`);
  return row[2];
}

/** The page's text with the names of a service, and what a login needs besides that must show a certificate. */
export function withNames(text: string, names: SnippetNames): string {
  const named = withOwnNames(text, names);
  return names.certificate === undefined ? named : withCertificate(named, names.authorityFile, names.certificate);
}

function withOwnNames(text: string, { container, secret, authoritySecret, authorityFile }: SnippetNames): string {
  return text
    .replaceAll(`secretName: ${SECRET}`, () => `secretName: ${asYaml(authoritySecret)}`)
    .replaceAll(`name: ${SECRET}`, () => `name: ${asYaml(secret)}`)
    .replaceAll('name: user-service\n', () => `name: ${asYaml(container)}\n`)
    .replaceAll(`${FOLDER}/ca.crt`, () => authorityFile)
    .replaceAll(`mountPath: ${FOLDER}`, () => `mountPath: ${folderOf(authorityFile)}`)
    .replaceAll('path: ca.crt', () => `path: ${authorityFile.slice(authorityFile.lastIndexOf('/') + 1)}`);
}

/** libpq takes a key only if nobody but root and one group may read it. */
const READERS = 'securityContext: { fsGroup: 65532 } # any group: the pod reads the key by it\n';
const URL_OF_SPRING = /^ {6}- name: SPRING_DATASOURCE_URL\n.*\n/m;

/** Certificate and key stand beside the authority, under the login's name: a rotation brings another login, and those of both can be there. */
function withCertificate(text: string, authorityFile: string, certificate: Certificate): string {
  const isSpring = URL_OF_SPRING.test(text);
  const files = certificateFilesOf(`$(${isSpring ? 'SPRING_DATASOURCE_USERNAME' : 'PGUSER'})`, authorityFile);
  const added = isSpring ? urlOfSpring(text, files) : variablesOf(files);
  const volume = /^ {4}secret: \{ secretName: (\S+), (items: .*) \}\n/m;
  const keys = ['tls.crt', isSpring ? 'key.der' : 'tls.key'];
  const named = (isSpring ? text.replace(URL_OF_SPRING, '') : text)
    .replace(/^ {4}volumeMounts:/m, (line) => `${added}${line}`)
    .replace(volume, (_, secret: string, items: string) => volumeOf(`name: ${secret}, ${items}`, certificate, keys));
  return `${READERS}${named}`;
}

type Certificate = NonNullable<SnippetNames['certificate']>;
type Files = ReturnType<typeof certificateFilesOf>;

function variablesOf({ certificateFile, keyFile }: Files): string {
  return `      - { name: PGSSLCERT, value: ${certificateFile} }\n      - { name: PGSSLKEY, value: ${keyFile} }\n`;
}

/** As the last variable, since Kubernetes fills in only those before it. */
function urlOfSpring(text: string, { certificateFile, derKeyFile }: Files): string {
  const [lines = ''] = URL_OF_SPRING.exec(text) ?? [];
  return `${lines.trimEnd()}&sslcert=${certificateFile}&sslkey=${derKeyFile}\n`;
}

function volumeOf(authority: string, { secret, user }: Certificate, keys: readonly string[]): string {
  const items = keys.map((key) => `{ key: ${key}, path: ${user}.${key} }`).join(', ');
  const certificate = `name: ${asYaml(secret)}${user === undefined ? '' : `, items: [${items}]`}`;
  const lines = [authority, certificate].map((source) => `        - secret: { ${source} }\n`);
  return `    projected:\n      defaultMode: 0440\n      sources:\n${lines.join('')}`;
}

/** Between quotes where YAML would read something else: 123, on. */
function asYaml(text: string): string {
  return stringify(text, { version: '1.1' }).trimEnd();
}

function folderOf(file: string): string {
  return file.slice(0, file.lastIndexOf('/')) || '/';
}
