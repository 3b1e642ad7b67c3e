import { Argument, Option } from 'commander';
import { findDeployment, readSecret, type ReleaseName } from '../cluster/deployment.ts';
import type { Spot } from '../cluster/kubectl.ts';
import { nameOfAdmin, readAuthority, reaching, type Way } from '../cluster/reach.ts';
import { generate, type Generated } from '../generate/generate.ts';
import { listShort } from '../generate/lists.ts';
import { loginsOf, type Owned } from '../generate/logins.ts';
import { InputError } from '../generate/problem.ts';
import { readInput } from '../generate/read.ts';
import { adminOf, loginOf, passwordsFor } from '../laptop/deployment.ts';
import { findHome } from '../laptop/home.ts';
import { runPsql, type Session } from '../laptop/psql.ts';
import type { ClientCertificate } from '../server/found-passwords.ts';
import { addressOf } from '../server/session.ts';
import { sslVariablesOf } from '../server/url.ts';
import { findDev } from './archive.ts';
import { declare } from './declare.ts';
import type { ExitCode } from './endings.ts';
import { onServer, readCredentials } from './live-server.ts';
import { otherServerOptions, releaseOptions, valuesOption, type OtherServer, type Values } from './options.ts';
import type { Talk } from './talk.ts';

interface Options extends Values, OtherServer, ReleaseName {
  readonly cluster?: true;
}

/** Who was connected, and where. */
type Connected = Pick<Session, 'host' | 'port' | 'database' | 'user'>;

export const command = declare({
  name: 'connect',
  arguments: [
    new Argument('<service>', 'a service, one of its roles as <service>.<role>, or admin'),
    new Argument('[words...]', 'behind --: what psql is given'),
  ],
  options: [
    valuesOption,
    ...otherServerOptions,
    new Option('--cluster', 'through a forwarded port, by the Secrets of the cluster that kubectl has for its own').conflicts([
      'url',
      'secrets',
    ]),
    ...releaseOptions,
  ],
  examples: [
    { run: 'shared-postgresql connect user-service', does: 'psql as a service, on the server that dev runs here' },
    { run: 'shared-postgresql connect admin --cluster --namespace data', does: 'as the admin of a cluster' },
    {
      run: `shared-postgresql connect user-service --cluster -- --command 'SELECT count(*) FROM users'`,
      does: 'one statement, through a forwarded port',
    },
  ],
  run,
  print: () => [],
});

async function run(talk: Talk<Connected>, name: string, words: readonly string[], options: Options): Promise<ExitCode> {
  const generated = await generate(readInput({ values: options.values }));
  const login = findLogin(generated, name);
  const connect = async (session: Session): Promise<ExitCode> => {
    const { host, port, database, user } = session;
    return talk.tell(await runPsql(session, words, talk.meanwhile), { host, port, database, user });
  };
  if (options.cluster) return throughCluster(options, generated, login, connect);
  return connect(
    await (isNamed(options, login) ? sessionOnServer(options, login, generated) : sessionOnDev(talk, options, login, generated)),
  );
}

/** The admin has no entry in the values. */
type Login = Owned | undefined;

function findLogin({ model }: Generated, name: string): Login {
  if (name === 'admin') return undefined;
  const logins = loginsOf(model);
  const login = logins.find(({ credential }) => credential === name);
  if (login) return login;
  const hint = `There are admin, ${listShort(logins.map(({ credential }) => credential))}.`;
  throw new InputError([{ file: 'the arguments', message: `there is no login ${name}`, hint }]);
}

/** A URL is the admin's: it has the password of no service. */
function isNamed({ url, secrets }: OtherServer, login: Login): boolean {
  if (login && url !== undefined && secrets === undefined)
    throw new InputError([
      {
        file: '--url',
        message: `the password of ${login.credential} is missing`,
        hint: "Give it with --secrets. Without both, it is dev's server.",
      },
    ]);
  return url !== undefined || secrets !== undefined;
}

/** What nobody in a service's database can put in the admin's way: objects of the same names. */
const OF_ADMIN = { database: 'postgres', given: { PGOPTIONS: '-c search_path=pg_catalog,pg_temp' } };

async function sessionOnServer({ url, secrets = '' }: Options, login: Login, generated: Generated): Promise<Session> {
  const ssl = sslVariablesOf(url ?? process.env['DATABASE_URL'], process.env);
  const { host, port, user, password } = await onServer(url, (connection) => Promise.resolve(addressOf(connection)));
  const { database } = generated.model.engine.admin;
  if (!login) return { host, port, user, password, ssl, ...OF_ADMIN, database };
  const { passwords, certificates } = await readCredentials(secrets, generated);
  const own = passwords.get(login.credential);
  if (own === undefined)
    throw new InputError([
      { file: '--secrets', message: `it has no password of ${login.credential}`, hint: 'Give the Secrets of the deployment.' },
    ]);
  return {
    host,
    port,
    user: login.user,
    database: login.service.database,
    password: own,
    ssl,
    certificate: certificates.get(login.credential),
  };
}

function sessionOnDev(talk: Talk<Connected>, { values }: Values, login: Login, generated: Generated): Promise<Session> {
  const home = findHome(values);
  const { port } = findDev(home, (line) => talk.say(line));
  const passwords = passwordsFor(home, generated);
  const ssl = { PGSSLMODE: 'disable' };
  if (login) return Promise.resolve({ ...loginOf(login, port, passwords), ssl });
  return Promise.resolve({ ...addressOf(adminOf(port, passwords)), ssl, ...OF_ADMIN });
}

async function throughCluster(
  options: Options,
  { model }: Generated,
  login: Login,
  connect: (session: Session) => Promise<ExitCode>,
): Promise<ExitCode> {
  const deployment = await findDeployment(options, model.engine);
  const { admin, adminSecret, tlsSecret } = deployment;
  const secret = await (login ? readLoginSecret(login, deployment) : readSecret(adminSecret, deployment));
  const ca = tlsSecret === undefined ? undefined : (secret['ca.crt'] ?? (await readAuthority(deployment)));
  const { username = login?.user ?? admin.user, password = '' } = secret;
  const whose = login
    ? { user: username, database: login.service.database }
    : { ...OF_ADMIN, user: nameOfAdmin(deployment, username), database: admin.database };
  const certificate = login && (await readCertificate(login, deployment));
  return reaching(deployment, ca, (way) => connect({ password, certificate, ...wordsOf(way), ...whose }));
}

/** In libpq's words. */
function wordsOf({ host, hostaddr, port, sslmode, ca }: Way): Pick<Session, 'host' | 'hostaddr' | 'port' | 'ssl' | 'authority'> {
  const bound = { PGCHANNELBINDING: sslmode === 'require' ? 'require' : 'prefer' };
  return { host, hostaddr, port, ssl: { PGSSLMODE: sslmode, ...bound }, authority: ca };
}

/** What it must show, where it must. */
async function readCertificate({ clientCertificate, service }: Owned, spot: Spot): Promise<ClientCertificate | undefined> {
  if (clientCertificate === '') return undefined;
  const { 'tls.crt': cert = '', 'tls.key': key = '' } = await readSecret(clientCertificate, {
    ...spot,
    namespace: service.namespace || spot.namespace,
  });
  return { cert, key };
}

/** Where the service's pods read it, which whoever works on the service may as well; else the one that the Job reads. */
async function readLoginSecret(
  { secretName, passwordSecret, service }: Owned,
  spot: Spot,
): Promise<Readonly<Record<string, string>>> {
  if (service.namespace !== '') {
    const own = await readSecret(secretName, { ...spot, namespace: service.namespace }).catch(() => undefined);
    if (own) return own;
  }
  return readSecret(passwordSecret, spot);
}
