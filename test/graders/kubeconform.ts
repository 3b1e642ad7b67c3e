import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRecord, mapValues } from '../../generator/generate/fields.ts';
import { temporaryFolder } from '../tools/folders.ts';
import { findOrBuild } from '../tools/go-programs.ts';
import { run } from '../tools/run.ts';
import { listAt, textAt, type Grader } from './finding.ts';

const PROGRAM = { name: 'kubeconform', package: 'github.com/yannh/kubeconform/cmd/kubeconform', version: 'v0.8.0' };

/** Kubernetes' own description of its API is part of its Go module. */
const KUBERNETES = 'k8s.io/kubernetes@v1.36.1';

export const kubeconform: Grader = {
  name: `kubeconform ${PROGRAM.version}, strict, with the schemas of ${KUBERNETES}`,
  grade: async (file) => {
    const found = await findOrBuild(PROGRAM);
    if ('missing' in found) return found.missing;
    const downloaded = await run('go', ['mod', 'download', '-json', KUBERNETES]);
    if (downloaded.code !== 0) return `Go cannot have ${KUBERNETES}`;
    const folder = textAt(JSON.parse(downloaded.stdout), 'Dir');
    const schemas = writeSchemas(readFileSync(join(folder, 'api/openapi-spec/swagger.json'), 'utf8'));
    const location = join(schemas, '{{ .ResourceKind }}{{ .KindSuffix }}.json');
    const { stdout, stderr } = await run(found.program, ['-strict', '-output', 'json', '-schema-location', location, file]);
    if (stdout === '') throw new Error(`kubeconform: ${stderr}`);
    return listAt(JSON.parse(stdout), 'resources').map((each) => ({
      rule: textAt(each, 'status'),
      object: `${textAt(each, 'kind')}/${textAt(each, 'name')}`,
      says: textAt(each, 'msg'),
    }));
  },
};

type Schema = Readonly<Record<string, unknown>>;

/** A schema for each kind, in a new folder, in which what Kubernetes does not name is not allowed. */
function writeSchemas(swagger: string): string {
  const folder = temporaryFolder();
  mkdirSync(folder, { recursive: true });
  const read: unknown = JSON.parse(swagger);
  const given: unknown = Reflect.get(Object(read), 'definitions');
  const definitions = mapValues(isRecord(given) ? given : {}, (each) => strict(isRecord(each) ? each : {}));
  for (const [name, definition] of Object.entries(definitions)) {
    for (const kind of listAt(definition, 'x-kubernetes-group-version-kind')) {
      const [group = ''] = textAt(kind, 'group').split('.');
      const version = [group, textAt(kind, 'version')].filter((part) => part !== '').join('-');
      const file = `${textAt(kind, 'kind').toLowerCase()}-${version}.json`;
      writeFileSync(join(folder, file), JSON.stringify({ $ref: `definitions.json#/definitions/${name}` }));
    }
  }
  writeFileSync(join(folder, 'definitions.json'), JSON.stringify({ definitions }));
  return folder;
}

/** What OpenAPI says of a type, as JSON Schema says it. */
function strict(definition: Schema): Schema {
  const format = definition['format'];
  const isName = textAt(definition, 'type') === 'string' && (format === 'int-or-string' || isQuantity(definition));
  if (isName) return { type: ['string', 'integer', 'number'] };
  return { ...definition, ...('properties' in definition ? { additionalProperties: false } : {}) };
}

const isQuantity = (definition: Schema): boolean => textAt(definition, 'description').startsWith('Quantity is a fixed-point');
