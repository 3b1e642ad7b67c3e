import { Argument, CommanderError, Option } from 'commander';
import { generate, type Generated } from '../generate/generate.ts';
import { loginsOf, type Owned } from '../generate/logins.ts';
import { InputError } from '../generate/problem.ts';
import { readInput } from '../generate/read.ts';
import { readConnectPage } from '../generate/read/project.ts';
import { declare } from './declare.ts';
import { ENDINGS, type ExitCode } from './endings.ts';
import {
  certificateNoteOn,
  FRAMEWORKS,
  snippetOn,
  withNames,
  type Framework,
  type Snippet,
  type SnippetNames,
} from './frameworks.ts';
import { valuesOption, type Values } from './options.ts';
import { aside, note, result, type Line, type Talk } from './talk.ts';

export const command = declare({
  name: 'snippet',
  arguments: [new Argument('<service>', 'its name in values.yaml; of a role <service>.<role>')],
  options: [new Option('--for <framework>', 'what the service is written with').choices(FRAMEWORKS), valuesOption],
  examples: [
    { run: 'shared-postgresql snippet user-service --for go', does: 'the block for the Deployment, and the code' },
    { run: 'shared-postgresql snippet user-service --for spring --quiet', does: 'without headings' },
  ],
  run,
  print,
});

interface Told extends Snippet {
  readonly login: string;
  readonly framework: Framework;
  readonly notes: readonly string[];
}

interface Given extends Values {
  readonly for?: Framework;
}

async function run(talk: Talk<Told>, name: string, { for: framework, values }: Given): Promise<ExitCode> {
  if (framework === undefined) throw withoutFramework();
  const { model } = await generate(readInput({ values }));
  const login = loginNamed(name, model, values);
  const page = readConnectPage();
  const { deployment, ...rest } = snippetOn(page, framework);
  const secret = passwordSecretOf(login);
  const names = {
    ...{ container: login.service.name, secret },
    authoritySecret: model.authority?.secretName ?? secret,
    authorityFile: model.authority?.file ?? '/etc/shared-postgresql/ca.crt',
    certificate: certificateOf(login, model),
  };
  const notes = [...notesOn(login, model), ...(login.clientCertificate === '' ? [] : [shown(login, page, framework)])];
  const told = { login: name, framework, deployment: withNames(deployment, names), ...rest, notes };
  return talk.tell(ENDINGS.fine.code, told);
}

function print({ framework, deployment, code, notes }: Told): Line[] {
  return [
    aside("In the pod of the service's Deployment:\n"),
    result(deployment),
    aside(`In its code (${framework}):\n`),
    result(code.trimEnd()),
    ...notes.map((text) => note(`\n${text}`)),
  ];
}

/** Commander would say that the option is missing, and not what it can be. */
function withoutFramework(): CommanderError {
  const message = `it is not said for which framework\nGive --for and one of ${FRAMEWORKS.join(', ')}.`;
  return new CommanderError(ENDINGS.misused.code, 'commander.missingMandatoryOptionValue', message);
}

function loginNamed(name: string, model: Generated['model'], file: string): Owned {
  const logins = loginsOf(model);
  const login = logins.find(({ credential }) => credential === name);
  if (login) return login;
  const hint = `Those that are on: ${logins.map(({ credential }) => credential).join(', ') || 'none'}.`;
  throw new InputError([{ file, message: `there is no service or role ${name} that is on`, hint }]);
}

/** The Secret that the login's pods are given: the chart's, or one of the platform team's. */
function passwordSecretOf({ credential, service }: Owned): string {
  const role = service.roles.find(({ name }) => `${service.name}.${name}` === credential);
  return (role ?? service).passwordSecret;
}

function notesOn(login: Owned, { authority, ownedElsewhere }: Generated['model']): string[] {
  const plain =
    'The server speaks no TLS (tls.mode: off): say disable for verify-full, and leave out the authority with its volume.';
  return [
    ...(authority === undefined ? [plain] : []),
    ...(authority?.secretName === undefined ? [] : [elsewhere(authority.secretName)]),
    ...(ownedElsewhere.includes(login.user) ? [yours(passwordSecretOf(login), authority)] : []),
  ];
}

/** A pod does not start where one of its keys is missing. */
function yours(secret: string, authority: Generated['model']['authority']): string {
  const isRead = authority !== undefined && authority.secretName === undefined;
  const whose = isRead ? `, and ca.crt as the Secret ${authority.serverSecret} of the deployment has it` : '';
  return `The Secret ${secret} is yours: beside password it must have what is read here${whose}.`;
}

function certificateOf({ user, clientCertificate }: Owned, { authority }: Generated['model']): SnippetNames['certificate'] {
  return clientCertificate === '' ? undefined : { secret: clientCertificate, user: authority?.issues ? undefined : user };
}

function shown({ clientCertificate }: Owned, page: string, framework: Framework): string {
  return `The login must show the certificate of the Secret ${clientCertificate}. In its code: ${certificateNoteOn(page, framework)}`;
}

function elsewhere(secret: string): string {
  return `The Secret ${secret} is in the namespace of the deployment: pods elsewhere need one of that name with its ca.crt alone.`;
}
