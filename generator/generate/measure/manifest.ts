import { createHash } from 'node:crypto';
import { connectionOf, writingOf, type Login as Connected } from '../connections.ts';
import type { Model, Role, Service } from '../model.ts';
import { packSchemaFiles, type SchemaPack } from '../render/schema-packs.ts';
import { secondOf } from '../validate/names.ts';
import type { CompleteValues } from '../validate/contract.ts';
import { engineOf } from '../validate/engine.ts';
import { issuedData, issuedFacts } from './certificates.ts';

/** What of Helm's manifest grows with the services, as texts that compress as the real ones do. */
export interface ServiceManifests {
  /** The connection Secrets, and where the pods of provisioning and backup mount them. */
  readonly secrets: string;
  /** The ConfigMaps of schema files, with the files. */
  readonly schemaFiles: string;
}

/** The pod of `helm test` mounts a sample of so many Secrets at most (shared-postgresql.sample in the chart). */
const SAMPLE = 250;

/**
 * Stands in for what Helm will render for the services: nobody has Helm here. What is the same for all services needs to be no more than
 * about right, because it compresses to almost nothing; what differs is here in its real form, and passwords with their real length.
 */
export function serviceManifests(model: Model, values: CompleteValues): ServiceManifests {
  const sources = model.services.flatMap(sourcesOf);
  // The Job's; those of its schedule, of backups and of restores, where there are any.
  const pods = 1 + (values.provisioning.schedule === '' ? 0 : 1) + (values.backup.schedule === '' ? 0 : 2);
  const secrets = model.services.flatMap((each) => [...secretsOf(each, values), ...certificatesOf(each, values)]);
  return {
    secrets: [...secrets, ...Array.from({ length: pods }, () => sources.join('')), sources.slice(0, SAMPLE).join('')].join(''),
    schemaFiles: packSchemaFiles(model.services)
      .map((pack) => configMapOf(pack, values))
      .join(''),
  };
}

type Login = Pick<Role, 'user' | 'secretName' | 'passwordSecret' | 'clientCertificate'>;

/** The Secrets of a service's logins, without those that the platform team brings, or the command deploy. */
function secretsOf(service: Service, values: CompleteValues): string[] {
  const origin = values.services[service.name]?.passwords || values.auth.passwords;
  if (origin === 'existingSecret' || values.auth.passwords === 'deploy') return [];
  const logins: readonly Login[] = [service, ...service.roles];
  const isMade = ({ secretName, passwordSecret }: Login): boolean => secretName === passwordSecret;
  return logins.filter(isMade).map((login) => secretOf(login, service, values));
}

/** The Secrets of the certificates that the chart signs: where the Job reads them, and where the service's pods do. */
function certificatesOf(service: Service, values: CompleteValues): string[] {
  if (!values.tls.issueClientCertificates || values.auth.passwords === 'deploy') return [];
  const copies = namespaceOf(service, values) === undefined ? 1 : 2;
  const showing = [service, ...service.roles].filter(({ clientCertificate }) => clientCertificate !== '');
  return showing.flatMap((login) => Array<string>(copies).fill(certificateOf(login, service, values)));
}

function certificateOf(
  { user, login, rotation, clientCertificate }: Role | Service,
  { name }: Service,
  values: CompleteValues,
): string {
  const logins = rotation === 0 ? [user] : [user, secondOf(user)];
  const head = headOf('Secret', clientCertificate, name, {
    ...issuedFacts(logins),
    ...values.commonAnnotations,
    ...values.commonLabels,
  });
  return `${head}type: kubernetes.io/tls\n${dataOf(issuedData(logins, login))}`;
}

/** The one of its pods, where that is another than the deployment's. */
function namespaceOf({ name }: Service, values: CompleteValues): string | undefined {
  const namespace = values.services[name]?.namespace;
  return namespace === values.namespaceOverride ? undefined : namespace || undefined;
}

/** In the namespace of its pods, with all forms; where that is another than the deployment's, a Secret of three keys stays there. */
function secretOf({ user, secretName, clientCertificate }: Login, service: Service, values: CompleteValues): string {
  const { name, database } = service;
  const given = values.services[name];
  const login = { user, database, password: passwordLike(secretName), showsCertificate: clientCertificate !== '' };
  const texts = textsOf(login, values);
  const labels = { ...values.commonLabels, ...given?.labels };
  const annotations = { ...values.commonAnnotations, ...given?.annotations };
  const connection = secretWith(texts, headOf('Secret', secretName, name, { ...annotations, ...labels }));
  if (namespaceOf(service, values) === undefined) return connection;
  const kept = texts.filter(([key]) => ['database', 'password', 'username'].includes(key));
  return (
    connection + secretWith(kept, headOf('Secret', secretName, name, { ...values.commonAnnotations, ...values.commonLabels }))
  );
}

function secretWith(texts: readonly (readonly [key: string, text: string])[], head: string): string {
  const data = texts.map(([key, text]) => [key, Buffer.from(text).toString('base64')] as const);
  return `${head}type: kubernetes.io/basic-auth\n${dataOf(data)}`;
}

function dataOf(entries: readonly (readonly [key: string, base64: string])[]): string {
  return `data:\n${entries.map(([key, text]) => `  ${key}: ${text}\n`).join('')}`;
}

/** As long as the certificate of an authority, which is the same in every Secret. */
const AUTHORITY = '-----CERTIFICATE-----'.repeat(30);

/** What the chart writes into a Secret, in the order of its keys. */
function textsOf(login: Omit<Connected, 'host' | 'port'>, values: CompleteValues): [key: string, text: string][] {
  const service = values.service.name || 'shared-postgresql-service';
  const host = `${service}.${values.namespaceOverride || 'default'}.svc`;
  const { isOurs, address = { host, port: values.service.port } } = engineOf(values);
  const connection = connectionOf({ ...login, ...address }, writingOf(values));
  const authority = isOurs && values.tls.mode === 'generated' ? { 'ca.crt': AUTHORITY } : {};
  return Object.entries({ ...authority, ...connection }).sort(([a], [b]) => (a < b ? -1 : 1));
}

const ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** The length that shared-postgresql.password gives a password. */
const PASSWORD_LENGTH = 24;

/** As hard to compress as the password that Helm will make, and the same every time. */
function passwordLike(seed: string): string {
  const bytes = createHash('sha256').update(seed).digest().subarray(0, PASSWORD_LENGTH);
  return [...bytes].map((byte) => ALPHANUMERIC.charAt(byte % ALPHANUMERIC.length)).join('');
}

function configMapOf({ bits, services }: SchemaPack, values: CompleteValues): string {
  const files = services.flatMap(({ name, schemaFiles }) =>
    schemaFiles.map((file) => `  ${JSON.stringify(`${name}.${file.name}`)}: ${JSON.stringify(file.text)}\n`),
  );
  const texts = { ...values.commonLabels, ...values.commonAnnotations };
  return `${headOf('ConfigMap', `shared-postgresql-schema-${bits}`, 'schema', texts)}data:\n${files.join('')}`;
}

const LABELS = ['component', 'instance', 'managed-by', 'name', 'part-of', 'version']
  .map((label) => `    "app.kubernetes.io/${label}": "shared-postgresql"\n`)
  .join('');

function headOf(kind: string, name: string, service: string, texts: Readonly<Record<string, string>>): string {
  const given = Object.entries(texts).map(([key, text]) => `    ${JSON.stringify(key)}: ${JSON.stringify(text)}\n`);
  const source = `---\n# Source: shared-postgresql/templates/services/${service}.yaml\n`;
  return `${source}apiVersion: v1\nkind: ${kind}\nmetadata:\n  name: "${name}"\n  namespace: default\n  labels:\n${LABELS}${given.join('')}`;
}

/** Where a pod of provisioning mounts a service's passwords from, and its certificates. */
function sourcesOf({ name, secretName, clientCertificate, roles }: Service): string[] {
  const logins = [
    { path: name, secretName, clientCertificate },
    ...roles.map((role) => ({
      path: `${name}.${role.name}`,
      secretName: role.secretName,
      clientCertificate: role.clientCertificate,
    })),
  ];
  return logins.flatMap(({ path, secretName: secret, clientCertificate: certificate }) => [
    sourceOf(secret, `[{key: password, path: ${path}/password}]`),
    ...(certificate === ''
      ? []
      : [sourceOf(certificate, `[{key: tls.crt, path: ${path}/tls.crt}, {key: tls.key, path: ${path}/tls.key}]`)]),
  ]);
}

function sourceOf(secret: string, items: string): string {
  return `        - secret:\n            name: "${secret}"\n            optional: true\n            items: ${items}\n`;
}
