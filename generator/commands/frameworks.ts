import { stringify } from 'yaml';

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

/** The page's text with the names of a service. */
export function withNames(text: string, { container, secret, authoritySecret, authorityFile }: SnippetNames): string {
  return text
    .replaceAll(`secretName: ${SECRET}`, () => `secretName: ${asYaml(authoritySecret)}`)
    .replaceAll(`name: ${SECRET}`, () => `name: ${asYaml(secret)}`)
    .replaceAll('name: user-service\n', () => `name: ${asYaml(container)}\n`)
    .replaceAll(`${FOLDER}/ca.crt`, () => authorityFile)
    .replaceAll(`mountPath: ${FOLDER}`, () => `mountPath: ${folderOf(authorityFile)}`)
    .replaceAll('path: ca.crt', () => `path: ${authorityFile.slice(authorityFile.lastIndexOf('/') + 1)}`);
}

/** Between quotes where YAML would read something else: 123, on. */
function asYaml(text: string): string {
  return stringify(text, { version: '1.1' }).trimEnd();
}

function folderOf(file: string): string {
  return file.slice(0, file.lastIndexOf('/')) || '/';
}
