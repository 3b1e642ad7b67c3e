import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format } from 'prettier';
import { parse } from 'yaml';
import { isRecord } from '../../generator/generate/fields.ts';
import { PROJECT } from './folders.ts';

/*
 * Writes custom-resource-definitions.json: the schemas of the objects of other projects that the chart or its pages make, from the definitions that
 * these projects ship in their Go modules. Needs Go, and its module proxy. `npm run definitions`
 */
interface Source {
  readonly module: string;
  readonly file: string;
  readonly version: string;
  /** Parts of the spec that nothing here sets, each many times as long as the rest. */
  readonly without?: readonly string[];
}

const CERT_MANAGER = 'github.com/cert-manager/cert-manager@v1.21.2';
const EXTERNAL_SECRETS = 'github.com/external-secrets/external-secrets@v0.16.2';
const CLOUDNATIVE_PG = 'github.com/cloudnative-pg/cloudnative-pg@v1.30.0';
const BARMAN_CLOUD = 'github.com/cloudnative-pg/plugin-barman-cloud@v0.15.0';
const SOURCES: readonly Source[] = [
  { module: CERT_MANAGER, file: 'deploy/crds/cert-manager.io_certificates.yaml', version: 'v1' },
  {
    module: CERT_MANAGER,
    file: 'deploy/crds/cert-manager.io_issuers.yaml',
    version: 'v1',
    without: ['acme', 'vault', 'venafi'],
  },
  { module: EXTERNAL_SECRETS, file: 'config/crds/bases/external-secrets.io_externalsecrets.yaml', version: 'v1' },
  { module: EXTERNAL_SECRETS, file: 'config/crds/bases/generators.external-secrets.io_passwords.yaml', version: 'v1alpha1' },
  {
    module: CLOUDNATIVE_PG,
    file: 'config/crd/bases/postgresql.cnpg.io_clusters.yaml',
    version: 'v1',
    without: [
      ...['backup', 'env', 'envFrom', 'ephemeralVolumeSource', 'externalClusters', 'projectedVolumeTemplate', 'tablespaces'],
      ...['managed', 'podSecurityContext', 'securityContext', 'walStorage', 'probes', 'podSelectorRefs', 'replica'],
    ],
  },
  { module: CLOUDNATIVE_PG, file: 'config/crd/bases/postgresql.cnpg.io_scheduledbackups.yaml', version: 'v1' },
  {
    module: CLOUDNATIVE_PG,
    file: 'config/crd/bases/postgresql.cnpg.io_poolers.yaml',
    version: 'v1',
    without: ['template', 'serviceTemplate', 'monitoring'],
  },
  {
    module: BARMAN_CLOUD,
    file: 'config/crd/bases/barmancloud.cnpg.io_objectstores.yaml',
    version: 'v1',
    without: ['instanceSidecarConfiguration'],
  },
];

function at(data: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((node, key) => (isRecord(node) ? node[key] : undefined), data);
}

/** The spec of a version of a definition, under the kind that it defines. */
function specOf({ module, file, version, without = [] }: Source): [kind: string, spec: unknown] {
  const downloaded: unknown = JSON.parse(execFileSync('go', ['mod', 'download', '-json', module], { encoding: 'utf8' }));
  const definition: unknown = parse(readFileSync(join(String(at(downloaded, 'Dir')), file), 'utf8'));
  const versions = at(definition, 'spec', 'versions');
  const found: unknown = Array.isArray(versions) ? versions.find((each) => at(each, 'name') === version) : undefined;
  const spec = at(found, 'schema', 'openAPIV3Schema', 'properties', 'spec');
  const kind = `${String(at(definition, 'spec', 'group'))}/${version}/${String(at(definition, 'spec', 'names', 'kind'))}`;
  return [kind, trimmed(spec, without)];
}

/** Without words, and closed: the API would drop a field that is not in it, and nobody would hear of it. */
function trimmed(schema: unknown, without: readonly string[] = []): unknown {
  if (Array.isArray(schema)) return schema.map((each) => trimmed(each));
  if (!isRecord(schema)) return schema;
  const kept = Object.entries(schema).filter(
    ([key, value]) => !(key.startsWith('x-') || (key === 'description' && typeof value === 'string')),
  );
  const { properties, ...rest } = Object.fromEntries(kept);
  const others = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, trimmed(value)]));
  if (!isRecord(properties)) return others;
  const fields = Object.entries(properties).filter(([name]) => !without.includes(name));
  const closed = schema['x-kubernetes-preserve-unknown-fields'] === true ? {} : { additionalProperties: false };
  return { ...others, ...closed, properties: Object.fromEntries(fields.map(([name, value]) => [name, trimmed(value)])) };
}

const modules = [...new Set(SOURCES.map(({ module }) => module))].join(', ');
const $comment = `From ${modules}, all of the Apache License 2.0, by npm run definitions; edits are lost.`;
const text = JSON.stringify({ $comment, specs: Object.fromEntries(SOURCES.map(specOf)) });
const file = join(PROJECT, 'test/tools/custom-resource-definitions.json');
writeFileSync(file, await format(text, { parser: 'json', printWidth: 130 }));
