import operators from '../../../chart/engines/cloudnative-pg/operators-settings.json' with { type: 'json' };
import type { CompleteValues } from './contract.ts';

/**
 * What the generator, and the commands, know of what runs PostgreSQL: here and nowhere else it is asked which engine it is. The templates have the same in
 * chart/templates/engines/.
 */
export interface Engine {
  /** Of its templates in chart/templates/engines/ and its files in chart/engines/. */
  readonly folder: string;
  /** Whether a pod of the chart is the server: all of its pg_hba.conf, its volume and its certificate are ours then. */
  readonly isOurs: boolean;
  /** Whether the values say what memory, disk and settings its servers have. */
  readonly isSized: boolean;
  readonly admin: Admin;
  /** Where the server is; undefined where that is behind a Service of the deployment. */
  readonly address?: Address;
  readonly speaksTls: boolean;
  /** The Secret with the authority of a server that is not ours; empty for none. */
  readonly authoritySecret: string;
  /** Fields that would say nothing to it. */
  readonly others: OthersFields;
  /** Undefined where none keeps the servers. */
  readonly operator?: Operator;
  /** Why commands that need a superuser do not ask its server; undefined where they have one, whose database is postgres. */
  readonly unasked?: { readonly why: string; readonly hint: string };
}

/** Who provisions, and the database with the records of that. A plain one need be no superuser. */
export interface Admin {
  readonly user: string;
  readonly database: string;
  readonly isPlain: boolean;
}

/** A server that is behind no Service of the deployment: where it is, how it is known, and the Secret with the password of its admin. */
export interface Address {
  readonly host: string;
  readonly port: number;
  readonly sslmode: SslMode;
  readonly adminSecret: string;
}

/** In libpq's words: verify-full by an authority, require by its knowledge of the password (channel binding). */
export type SslMode = 'verify-full' | 'require' | 'disable';

/** What an operator keeps for itself. */
export interface Operator {
  readonly name: string;
  /** Roles that it makes and logs in by. */
  readonly roles: readonly string[];
  /** Settings that it fixes, and extensions that it makes in every database as soon as one of their settings is given. */
  readonly settings: { readonly fixed: readonly string[]; readonly namespaces: readonly string[] };
  /** The image of its servers, where the values name it. */
  readonly image: string;
}

/** Fields that only another engine has a use for: why, and for each what to do, where that is not to take it out. */
export interface OthersFields {
  readonly why: string;
  readonly hint: string;
  readonly fields: readonly { readonly path: string; readonly hint?: string }[];
}

/** What of the values tells of the engine. */
export type EngineValues = Pick<CompleteValues, 'engine' | 'tls' | 'fullnameOverride' | 'auth'>;

/** Fields of the pod alone. */
const OF_THE_POD = [
  ...['workload', 'probes', 'service', 'extraEnv', 'extraVolumes', 'extraVolumeMounts', 'extraInitContainers'],
  ...['postgresql.upgradeFrom', 'postgresql.returnFrom'],
];

const EXTERNAL: OthersFields = {
  why: 'it is about a server that the chart runs, and engine.kind says that somebody else runs this one',
  hint: 'Take it out; its provider has settings of his own.',
  fields: [
    ...OF_THE_POD.map((path) => ({ path })),
    { path: 'persistence' },
    { path: 'resources' },
    { path: 'tls', hint: 'Take it out; engine.external.tls says how the server is known.' },
    { path: 'priorityClassName' },
    { path: 'terminationGracePeriodSeconds' },
    { path: 'postgresql.settings' },
    { path: 'postgresql.logStatement' },
    {
      path: 'auth.admin.rotation',
      hint: 'Take it out; give the admin another password at its provider, and the Secret the same.',
    },
    {
      path: 'backup.pointInTime',
      hint: "Take it out; nobody but its provider has the server's log of changes, and most of them bring a point in time back. The nightly dumps (backup.schedule) work as ever.",
    },
  ],
};

const CERTIFICATE = 'Take it out; the operator makes the certificate and its authority, and renews them.';

const CLOUDNATIVE_PG: OthersFields = {
  why: 'it is about the pod of this chart, and engine.kind has CloudNativePG run the servers',
  hint: 'Take it out; the operator decides that.',
  fields: [
    ...OF_THE_POD.map((path) => ({ path })),
    { path: 'persistence.existingClaim', hint: 'Take it out; each server has a volume that the operator makes.' },
    { path: 'persistence.accessModes', hint: 'Take it out; each server has a volume that the operator makes.' },
    ...['mode', 'secretName', 'rotation', 'issuer', 'issueClientCertificates', 'clientAuthority', 'clusterDomain'].map(
      (field) => ({
        path: `tls.${field}`,
        hint: CERTIFICATE,
      }),
    ),
    { path: 'terminationGracePeriodSeconds' },
    {
      path: 'backup.pointInTime',
      hint: 'Take it out; engine.cloudnativePg.archive has the operator bring the whole Cluster to a point in time. The nightly dumps (backup.schedule) work as ever.',
    },
  ],
};

/** A new engine is a line here and a folder there. */
const ENGINES: Readonly<Record<CompleteValues['engine']['kind'], (values: EngineValues) => Omit<Engine, 'folder'>>> = {
  pod: ({ tls }) => ({
    isOurs: true,
    isSized: true,
    admin: { user: 'postgres', database: 'postgres', isPlain: false },
    speaksTls: !isOff(tls.mode),
    authoritySecret: '',
    others: { why: '', hint: '', fields: [] },
  }),
  'cloudnative-pg': ({ engine, fullnameOverride }) => ({
    isOurs: false,
    isSized: true,
    admin: { user: 'postgres', database: 'postgres', isPlain: false },
    speaksTls: true,
    authoritySecret: `${fullnameOverride || 'shared-postgresql'}-db-ca`,
    others: CLOUDNATIVE_PG,
    operator: {
      name: 'CloudNativePG',
      roles: ['streaming_replica', 'cnpg_metrics_exporter', 'cnpg_pooler_pgbouncer'],
      settings: operators,
      image: engine.cloudnativePg.image,
    },
  }),
  external: ({ engine: { external }, auth }) => ({
    isOurs: false,
    isSized: false,
    admin: { user: external.user, database: external.database, isPlain: true },
    address: {
      host: external.host,
      port: external.port,
      sslmode: sslModeOf(external.tls.mode),
      adminSecret: auth.admin.existingSecret,
    },
    speaksTls: !isOff(external.tls.mode),
    authoritySecret: external.tls.existingSecret,
    others: EXTERNAL,
    unasked: {
      why: "it is external, and this command works as the superuser of a server of the chart's",
      hint: 'backup.schedule has the cluster back services up by their own logins, move brings a service to another server with a dump and a restore, and its provider upgrades the server (docs/external.md).',
    },
  }),
};

/** What the values say of it. */
export function engineOf(values: EngineValues): Engine {
  const { kind } = values.engine;
  return { folder: kind, ...ENGINES[kind](values) };
}

function sslModeOf(mode: CompleteValues['engine']['external']['tls']['mode']): SslMode {
  return mode === 'verify-full' || mode === 'require' ? mode : 'disable';
}

/** To YAML, off is false. */
function isOff(mode: string | boolean): boolean {
  return mode === 'off' || mode === false;
}
