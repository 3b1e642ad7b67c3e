import { relative } from 'node:path';
import { listShort } from '../generate/lists.ts';
import { backgroundLogOf } from '../laptop/background.ts';
import { environmentOf, logOf, type Home } from '../laptop/home.ts';
import { aside, complaint, finding, result, type Line } from './talk.ts';

/** What dev did, and how the deployment is reached now. */
export interface DevState {
  readonly did: 'start' | 'detach' | 'provision' | 'look' | 'stop';
  readonly running: boolean;
  /** Of the server on localhost; of the one that was stopped. */
  readonly port?: number;
  /** The folder of the .env files. */
  readonly environment: string;
  readonly data: string;
  readonly log: string;
  /** The services that are not well, as far as they were seen to. */
  readonly unfinished?: readonly string[];
  /** What a server in the background said when it did not start. */
  readonly said?: string;
}

/** Paths as a person would write them here. */
export function here(path: string): string {
  return relative(process.cwd(), path) || path;
}

export function stateOf(home: Home, what: Pick<DevState, 'did' | 'running' | 'port' | 'unfinished' | 'said'>): DevState {
  return { ...what, environment: here(environmentOf(home)), data: here(home.server), log: here(logOf(home)) };
}

export function printState(state: DevState): Line[] {
  const { did, running, port, environment } = state;
  const services = `services connect by ${environment}/<service>.env`;
  switch (did) {
    case 'start':
      return [aside(`${services}; what is saved is applied, Ctrl-C stops`)];
    case 'detach':
      return printDetached(state);
    case 'provision':
      return [];
    case 'look':
      return [result(running ? `running on localhost:${port ?? ''}; ${services}, --stop ends it` : 'nothing runs here')];
    case 'stop':
      return [aside(port === undefined ? 'nothing runs here' : `stopped the server on localhost:${port}`)];
  }
}

function printDetached({ running, port, log, said = '', unfinished = [] }: DevState): Line[] {
  if (!running) return [complaint(said)];
  return [
    ...(unfinished.length > 0 ? [finding(`not well: ${listShort(unfinished)}; ${log} says why`)] : []),
    aside(`running in the background on localhost:${port ?? ''}; ${log} has what it says, --stop ends it`),
  ];
}

/** The log of dev itself, where it runs in the background. */
export function detachedState(home: Home, what: Pick<DevState, 'port' | 'unfinished' | 'said'>): DevState {
  return { ...stateOf(home, { did: 'detach', running: what.said === undefined, ...what }), log: here(backgroundLogOf(home)) };
}
