import type { CompleteValues } from './contract.ts';

/**
 * What the generator, and the commands, know of what runs PostgreSQL: here and nowhere else it is asked which engine it is. The templates have the same in
 * chart/templates/engines/.
 */
export interface Engine {
  /** Whether the chart runs the server: its configuration, its pg_hba.conf, its volume and its certificate are ours then. */
  readonly isOurs: boolean;
  /** Who provisions, and the database with the records of that. */
  readonly admin: { readonly user: string; readonly database: string };
  /** Where the server is; undefined where that is behind the chart's Service. */
  readonly address?: { readonly host: string; readonly port: number };
  readonly speaksTls: boolean;
  /** The Secret with the authority of a server that is not ours; empty for none. */
  readonly authoritySecret: string;
}

type EngineValues = Pick<CompleteValues, 'engine' | 'tls'>;

/** A new engine is a line here and a folder there. */
const ENGINES: Readonly<Record<CompleteValues['engine']['kind'], (values: EngineValues) => Engine>> = {
  pod: ({ tls }) => ({
    isOurs: true,
    admin: { user: 'postgres', database: 'postgres' },
    speaksTls: !isOff(tls.mode),
    authoritySecret: '',
  }),
  external: ({ engine: { external } }) => ({
    isOurs: false,
    admin: { user: external.user, database: external.database },
    address: { host: external.host, port: external.port },
    speaksTls: !isOff(external.tls.mode),
    authoritySecret: external.tls.existingSecret,
  }),
};

/** What the values say of it. */
export function engineOf(values: EngineValues): Engine {
  return ENGINES[values.engine.kind](values);
}

/** To YAML, off is false. */
function isOff(mode: string | boolean): boolean {
  return mode === 'off' || mode === false;
}
