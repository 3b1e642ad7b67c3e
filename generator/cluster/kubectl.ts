import { execFile, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { isRecord } from '../generate/fields.ts';
import { printable } from '../generate/printable.ts';
import { codeOf, reasonOf } from '../generate/read/reasons.ts';
import { briefly } from '../helm/program.ts';
import { ClusterError } from './cluster-error.ts';

/*
 * kubectl, not a library: it knows the person's contexts, proxies and ways to log in, and costs no command a megabyte or a millisecond.
 */
const execute = promisify(execFile);

/** More than the objects of a deployment could become, in bytes. */
const MOST_PRINTED = 64 * 1024 ** 2;

/** It asks six times before it says that nobody answers: within a minute, where it takes three by itself. */
const LONGEST_ANSWER = '10s';

/** Where to look: the person's own context, and the namespace of that, unless others are named. */
export interface Place {
  readonly context?: string;
  readonly namespace?: string;
}

/** A place whose namespace is known. */
export type Spot = Place & { readonly namespace: string };

/** What `kubectl get` finds there. Throws ClusterError. */
export async function get(words: readonly string[], place: Place): Promise<unknown> {
  const args = ['get', ...words, '--output', 'json', '--request-timeout', LONGEST_ANSWER, ...inPlace(place)];
  try {
    const running = execute('kubectl', args, { env: briefly(), maxBuffer: MOST_PRINTED });
    // Where the context has no login it asks for one, on the output that is read here: nobody sees that, and it would wait for ever.
    running.child.stdin?.end();
    return JSON.parse((await running).stdout);
  } catch (error) {
    throw failed(error);
  }
}

/** Whether whoever asks may do that. Throws ClusterError when nobody answers. */
export async function mayI({ verb, resource, part }: Deed, place: Place): Promise<boolean> {
  const args = ['auth', 'can-i', verb, resource, ...(part === undefined ? [] : ['--subresource', part]), ...inPlace(place)];
  try {
    return (await execute('kubectl', [...args, '--request-timeout', LONGEST_ANSWER])).stdout.startsWith('yes');
  } catch (error) {
    // It ends with 1 for both: no, and nobody answers.
    if (saidBy(error, 'stdout').startsWith('no')) return false;
    throw failed(error);
  }
}

/** Something that one may do, or not: create pods/exec. */
export interface Deed {
  readonly verb: string;
  readonly resource: string;
  readonly part?: string;
}

/** For so long a command in a pod may take, in milliseconds. */
const LONGEST_COMMAND = 20_000;

/** What a command in a pod prints. Throws ClusterError when it fails, or cannot be run. */
export async function execIn({ pod, container, ...place }: Container, command: readonly string[]): Promise<string> {
  const args = ['exec', pod, '--container', container, ...inPlace(place), '--', ...command];
  try {
    return (await execute('kubectl', args, { timeout: LONGEST_COMMAND })).stdout;
  } catch (error) {
    throw failed(error);
  }
}

interface Container extends Spot {
  readonly pod: string;
  readonly container: string;
}

/** Makes an object, and gives it as the cluster has it then. Throws ClusterError. */
export async function create(object: object, place: Place): Promise<unknown> {
  return JSON.parse(await send(['create', '--filename', '-', '--validate=false', '--output', 'json', ...inPlace(place)], object));
}

/**
 * Brings objects in line with what these say, each in the namespace that it names, as this field manager: what it wrote before and is not among them goes,
 * and what others wrote stays. Throws ClusterError.
 */
export async function applyAs(manager: string, objects: readonly unknown[], { context }: Pick<Place, 'context'>): Promise<void> {
  if (objects.length === 0) return;
  const how = ['--server-side', '--field-manager', manager, '--force-conflicts', '--validate=false'];
  await send(['apply', '--filename', '-', ...how, ...inPlace({ context })], { apiVersion: 'v1', kind: 'List', items: objects });
}

/** Removes these objects, as far as they are there. Throws ClusterError. */
export async function remove(objects: readonly unknown[], { context }: Pick<Place, 'context'>): Promise<void> {
  if (objects.length === 0) return;
  await send(['delete', '--filename', '-', '--ignore-not-found', '--wait=false', ...inPlace({ context })], {
    apiVersion: 'v1',
    kind: 'List',
    items: objects,
  });
}

/** Takes an annotation and a label off what a selector finds, the label last: until then all of it is found again. Throws ClusterError. */
export async function unmark(kind: string, { selector, annotation, label }: Marks, place: Place): Promise<void> {
  for (const [verb, key] of [
    ['annotate', annotation],
    ['label', label],
  ] as const) {
    try {
      await execute('kubectl', [verb, kind, '--selector', selector, `${key}-`, ...inPlace(place)], { maxBuffer: MOST_PRINTED });
    } catch (error) {
      throw failed(error);
    }
  }
}

interface Marks {
  readonly selector: string;
  readonly annotation: string;
  readonly label: string;
}

/** What kubectl prints that is given an object, which no argument could hide. */
async function send(args: readonly string[], object: object): Promise<string> {
  const running = execute('kubectl', args, { maxBuffer: MOST_PRINTED });
  running.child.stdin?.on('error', () => undefined).end(JSON.stringify(object));
  try {
    return (await running).stdout;
  } catch (error) {
    throw failed(error);
  }
}

const inPlace = ({ context, namespace }: Place): string[] => [
  ...(context === undefined ? [] : ['--context', context]),
  ...(namespace === undefined ? [] : ['--namespace', namespace]),
];

function failed(error: unknown): ClusterError {
  if (codeOf(error) === 'ENOENT') return missing();
  if (saidBy(error, 'stdout').startsWith('Please enter '))
    return refused("the context has no login, and kubectl asks for a user's name");
  return refused(saidBy(error, 'stderr') || reasonOf(error));
}

function saidBy(error: unknown, stream: 'stdout' | 'stderr'): string {
  const text: unknown = isRecord(error) ? error[stream] : undefined;
  return typeof text === 'string' ? text : '';
}

function missing(): ClusterError {
  return new ClusterError(
    'there is no kubectl on this machine.',
    'Install it (https://kubernetes.io/docs/tasks/tools), or reach the server yourself and name it with --url and --secrets.',
  );
}

/** Its last line says what is wrong; what stands above may be many times the same. */
function refused(said: string): ClusterError {
  const last = said.trim().split('\n').at(-1) ?? '';
  return new ClusterError(
    `kubectl: ${last.replace(/^error: /i, '')}`,
    'Look at `kubectl config current-context`, and name the deployment with --namespace and --release.',
  );
}

/** A port of a Service, and where it is. */
export interface ServicePort extends Spot {
  readonly service: string;
  readonly port: number;
}

/** Where a port is forwarded from, and nowhere else: whoever else uses this machine may listen at another of its addresses, as at the ::1 of localhost. */
export const FORWARDED = '127.0.0.1';

/** Uses a port of this machine that leads to one in the cluster, as long as that takes. Throws ClusterError when none can be had. */
export async function forwarding<T>({ service, port, ...place }: ServicePort, use: (port: number) => Promise<T>): Promise<T> {
  const args = ['port-forward', `service/${service}`, `:${port}`, '--address', FORWARDED, ...inPlace(place)];
  // A process group of its own: Ctrl-C is for psql, which ends a query by it.
  const child = spawn('kubectl', args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const lines = createInterface({ input: child.stdout });
  try {
    const local = await new Promise<number>((resolve, reject) => {
      lines.on('line', (line) => {
        const found = /^Forwarding from 127\.0\.0\.1:(\d+) /.exec(line)?.[1];
        if (found !== undefined) resolve(Number(found));
      });
      child.on('error', (error) => reject(failed(error)));
      child.on('close', () => reject(refused(said || 'port-forward ended')));
    });
    return await use(local);
  } finally {
    child.kill();
  }
}

/** What a pod said. */
interface Logs extends Spot {
  readonly pod: string;
  /** Whether to go on until it ends. */
  readonly follow: boolean;
}

/**
 * Prints what all containers of a pod said, which services chose in part: a server writes the control characters of a statement as they came. Gives kubectl's
 * exit code. Throws ClusterError without kubectl.
 */
export async function printLogs(logs: Logs, out: NodeJS.WriteStream): Promise<number> {
  const child = spawn('kubectl', wordsFor(logs), { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<number>((resolve, reject) => {
    child.on('error', (error) => reject(failed(error)));
    child.on('close', (code) => resolve(code ?? 1));
  });
  const [code] = await Promise.all([ended, pipeline(child.stdout.setEncoding('utf8'), makePrintable, out, { end: false })]);
  return code;
}

/** By pieces: nobody says how long a line is. */
async function* makePrintable(pieces: AsyncIterable<string>): AsyncIterable<string> {
  for await (const piece of pieces) yield printable(piece);
}

const wordsFor = ({ pod, follow, ...place }: Logs): string[] => [
  ...['logs', pod, '--all-containers', ...(follow ? ['--follow'] : [])],
  ...inPlace(place),
];

/** Hears the lines of the same. Throws ClusterError without kubectl. */
export async function hearLogs(logs: Logs, hear: (line: string) => void): Promise<void> {
  const child = spawn('kubectl', wordsFor(logs), { stdio: ['ignore', 'pipe', 'inherit'] });
  const failure = new Promise<never>((_, reject) => child.on('error', (error) => reject(failed(error))));
  const heard = (async (): Promise<void> => {
    for await (const line of createInterface({ input: child.stdout })) hear(line);
  })();
  await Promise.race([heard, failure]);
}
