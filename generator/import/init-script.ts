import { positionAt } from '../generate/problem.ts';
import type { Parse } from '../generate/validate/parser.ts';
import type { Statement } from '../generate/validate/parser/library.ts';
import {
  innerAt,
  isOn,
  nodeAt,
  nodesOf,
  optionsOf,
  readTyped,
  textAt,
  type Node,
  type Typed,
} from '../generate/validate/tree.ts';
import { merge, NOTHING, onServer, type Declared, type DeclaredRole, type InitScript } from './declared.ts';

/** Whether a text is a script of a shell. */
export function isShell(text: string): boolean {
  return /^#!.*sh\b/.test(text) || HEREDOC.test(text);
}

const HEREDOC = /<<-?\s*(["']?)(\w+)\1[^\n]*\n/;

/** What a script makes: databases, roles and extensions, found by PostgreSQL's own parser. No text of a statement is told, since one may hold a password. */
export async function declaredByScript({ where, text, database }: InitScript, parse: Parse): Promise<Declared> {
  const parts = isShell(text) ? heredocsOf(text) : [{ text, line: 1 }];
  const sessions = parts.flatMap((part) => sessionsOf(part, database));
  const read: Declared[] = [];
  for (const session of sessions) read.push(await declaredBySession(session, where, parse));
  const shell = isShell(text) ? [onServer(`${where}: of this shell script only what it gives psql by << was read`)] : [];
  return merge([...read, { ...NOTHING, remarks: shell }]);
}

interface Session {
  readonly text: string;
  /** The line of the script with which it begins. */
  readonly line: number;
  readonly database: string;
}

/** What stands between <<EOSQL and EOSQL. A variable of the shell becomes a name that nobody has, so that it can be parsed. */
function heredocsOf(script: string): Omit<Session, 'database'>[] {
  const begin = new RegExp(HEREDOC, 'g');
  return [...script.matchAll(begin)].map((match) => {
    const from = match.index + match[0].length;
    const rest = script.slice(from);
    const end = rest.search(new RegExp(`^\\s*${match[2]}\\s*$`, 'm'));
    const body = end < 0 ? rest : rest.slice(0, end);
    return {
      text: body.replaceAll('\\$', '$').replaceAll(/\$\{?[A-Za-z_]\w*\}?(?!\$)/g, VARIABLE),
      line: positionAt(script, from).line,
    };
  });
}

const VARIABLE = 'a_variable_of_the_shell';

/** psql goes on in another database after \connect. Its other commands are no SQL; \gexec runs what a SELECT gives. */
function sessionsOf({ text, line }: Omit<Session, 'database'>, database: string): Session[] {
  const sessions: { text: string[]; line: number; database: string }[] = [{ text: [], line, database }];
  for (const [index, each] of text.split(/\r?\n/).entries()) {
    const to = /^\s*\\c(?:onnect)?\s+(?:-reuse-previous=\w+\s+)?"?([^\s";]+)/.exec(each)?.[1];
    if (to !== undefined) sessions.push({ text: [], line: line + index, database: to });
    sessions.at(-1)?.text.push(/^\s*\\/.test(each) ? (/^\s*\\gexec/.test(each) ? ';' : '') : each.replace(/\\gexec\s*$/, ';'));
  }
  return sessions.map((session) => ({ ...session, text: session.text.join('\n') }));
}

async function declaredBySession({ text, line, database }: Session, where: string, parse: Parse): Promise<Declared> {
  const parsed = await parse(text);
  if (!('statements' in parsed)) {
    const at = line - 1 + positionAt(text, parsed.character ?? 0).line;
    return {
      ...NOTHING,
      remarks: [onServer(`${where}: line ${at} cannot be read as SQL: nothing of what stands with it was taken`)],
    };
  }
  const made: Declared[] = [];
  for (const statement of parsed.statements) made.push(await declaredByStatement(statement, { database, where, parse }));
  return merge([...made, others(parsed.statements, where)]);
}

interface Around {
  readonly database: string;
  readonly where: string;
  readonly parse: Parse;
}

async function declaredByStatement({ stmt }: Statement, { database, where, parse }: Around): Promise<Declared> {
  const typed = readTyped(stmt);
  if (typed === undefined) return NOTHING;
  const text = constantOf(typed);
  if (text !== undefined && /^\s*create\s+(database|role|user)\b/i.test(text))
    return declaredBySession({ text, line: 1, database }, where, parse);
  const { databases = [], roles = [] } = madeBy(typed, database);
  const isKnown = ({ name }: { readonly name: string }): boolean => name !== '' && !name.includes(VARIABLE);
  const nameless = [...databases, ...roles].some((each) => !isKnown(each));
  return {
    ...NOTHING,
    databases: databases
      .filter(isKnown)
      .map((each) => ({ ...each, owner: each.owner?.includes(VARIABLE) ? undefined : each.owner })),
    roles: roles.filter(isKnown),
    remarks: nameless ? [onServer(`${where}: a name in it is a variable of the shell: the database or role was not taken`)] : [],
  };
}

/** SELECT 'CREATE DATABASE a' WHERE NOT EXISTS …, which \gexec runs. */
function constantOf({ type, node }: Typed): string | undefined {
  if (type !== 'SelectStmt') return undefined;
  const [target] = nodesOf(node['targetList']);
  const text = target === undefined ? '' : textAt(nodeAt(innerAt(target, 'val'), 'sval'), 'sval');
  return text === '' ? undefined : text;
}

function madeBy({ type, node }: Typed, database: string): Pick<Partial<Declared>, 'databases' | 'roles'> {
  if (type === 'CreatedbStmt') return { databases: [databaseOf(node)] };
  if (type === 'AlterOwnerStmt' && node['objectType'] === 'OBJECT_DATABASE')
    return {
      databases: [{ name: textAt(innerAt(node, 'object'), 'sval'), owner: textAt(nodeAt(node, 'newowner'), 'rolename') }],
    };
  if (type === 'CreateExtensionStmt') return { databases: [{ name: database, extensions: [textAt(node, 'extname')] }] };
  if (type === 'CreateRoleStmt') return { roles: [roleOf(node)] };
  return {};
}

function databaseOf(node: Node): Declared['databases'][number] {
  const options = optionsOf(node['options']);
  const limit = options.get('connection_limit')?.['ival'];
  const encoding = textAt(options.get('encoding') ?? {}, 'sval');
  return {
    name: textAt(node, 'dbname'),
    owner: textAt(options.get('owner') ?? {}, 'sval'),
    fields: {
      ...(typeof limit === 'number' && limit > 0 ? { connectionLimit: limit } : {}),
      ...(encoding === '' ? {} : { encoding }),
    },
  };
}

const ATTRIBUTES = ['superuser', 'createdb', 'createrole', 'isreplication', 'bypassrls'];

function roleOf(node: Node): DeclaredRole {
  const options = optionsOf(node['options']);
  const limit = options.get('connectionlimit')?.['ival'];
  return {
    name: textAt(node, 'role'),
    attributes: ATTRIBUTES.filter((each) => isOn(options.get(each))).map((each) => each.replace(/^is/, '').toUpperCase()),
    memberOf: nodesOf(options.get('addroleto')?.['items']).map((role) => textAt(role, 'rolename')),
    ...(typeof limit === 'number' && limit > 0 ? { connectionLimit: limit } : {}),
  };
}

/** What is declared otherwise, or follows of itself. */
const READ = [
  'CreatedbStmt',
  'CreateExtensionStmt',
  'CreateRoleStmt',
  'SelectStmt',
  'VariableSetStmt',
  'TransactionStmt',
  'VariableShowStmt',
];

const GRANTS = ['GrantStmt', 'GrantRoleStmt', 'AlterDefaultPrivilegesStmt'];

function others(statements: readonly Statement[], where: string): Declared {
  const types = statements.flatMap(({ stmt }) => readTyped(stmt) ?? []).filter((typed) => !isOwner(typed));
  const grants = types.filter(({ type }) => GRANTS.includes(type)).length;
  const rest = types.filter(({ type }) => !READ.includes(type) && !GRANTS.includes(type)).length;
  return {
    ...NOTHING,
    remarks: [
      ...(grants > 0
        ? [onServer(`${where}: privileges in it (${grants}) are not kept: who opens what follows from the services`)]
        : []),
      ...(rest > 0
        ? [
            onServer(
              `${where}: what else it does (${rest}) is not kept: statements that make tables are for schema files of a service`,
            ),
          ]
        : []),
    ],
  };
}

function isOwner({ type, node }: Typed): boolean {
  return type === 'AlterOwnerStmt' && node['objectType'] === 'OBJECT_DATABASE';
}
