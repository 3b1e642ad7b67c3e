import type { ErrorObject } from 'ajv';
import { isRecord } from '../fields.ts';
import { nearest } from './nearest.ts';

/** What to do about a slip that those make who write their first values.yaml; undefined when it is none of these. `value` is what was written. */
export function hintOnSlip(error: ErrorObject, value: unknown): string | undefined {
  if (/^\/platformLogins\/[^/]+\/access$/.test(error.instancePath)) return hintOnAccess(value);
  if (error.instancePath === '/services' && error.keyword === 'type' && Array.isArray(value)) return hintOnList(value);
  if (error.instancePath === '/services' && error.keyword === 'type' && typeof value === 'string') return hintOnText(value);
  if (/^\/services\/[^/]+$/.test(error.instancePath) && error.keyword === 'type' && typeof value === 'string')
    return FIELDS_BELOW;
  if (error.keyword === 'additionalProperties' && isWithoutBlank(error)) return BLANK;
  if (error.instancePath === '/services' && error.propertyName !== undefined) return hintOnName(error.propertyName, value);
  if (error.instancePath === '' && error.keyword === 'additionalProperties') return hintOnStray(error, value);
  if (error.instancePath === '/service' && error.keyword === 'additionalProperties') return hintOnSingular(error, value);
  return undefined;
}

/** What change data capture asks for: no line of pg_hba.conf and no privilege keeps a login with REPLICATION from all data. */
function hintOnAccess(value: unknown): string | undefined {
  return typeof value === 'string' && /^(cdc|replication|logical|debezium)/i.test(value)
    ? 'A login that may replicate receives the whole server, whatever database it opens: docs/security.md says why there is none for this.'
    : undefined;
}

/** `- name: user-service`, or `- user-service`. */
function hintOnList([first]: readonly unknown[]): string {
  const named = isRecord(first) ? first['name'] : first;
  const name = typeof named === 'string' && named !== '' ? named : 'user-service';
  return `Each service is an entry under its name, without a dash: "services: { ${name}: {} }", its fields between the braces or indented below it.`;
}

/** `connectionLimit:5`, which YAML takes for a name as a whole. */
function isWithoutBlank({ params, parentSchema }: ErrorObject): boolean {
  const [name = '', value] = String(params['additionalProperty']).split(':');
  return value !== undefined && name in fieldsOf(parentSchema);
}

const BLANK = 'A blank stands behind the colon, as in "name: value".';

/** `services: mail, orders`, and `mail:{}` below it. */
function hintOnText(text: string): string {
  if (/^[\w-]+:\S/.test(text)) return BLANK;
  const name = text.split(/[\s,;]+/).find((word) => /^[a-z]([a-z0-9-]*[a-z0-9])?$/.test(word)) ?? 'user-service';
  return `Each service is an entry of its own under its name: "services: { ${name}: {} }", its fields between the braces or indented below it.`;
}

/** `mail: text` */
const FIELDS_BELOW =
  'Write {} for a service with nothing but defaults; its fields stand between the braces, or indented below its name.';

/** As the contract has it. */
const LONGEST_NAME = 63;

/** `user_service`, `UserService`; and a field of a service that stands beside it. */
function hintOnName(name: string, value: unknown): string | undefined {
  if (['number', 'boolean'].includes(typeof value) || Array.isArray(value))
    return `If ${name} is a field of the service above it, indent it further than that service's name.`;
  const meant = name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
  return meant === '' || meant === name || meant.length > LONGEST_NAME ? undefined : `Write ${meant}, for example.`;
}

/** A service at the top, where the fields of the deployment stand. */
function hintOnStray({ params, parentSchema }: ErrorObject, value: unknown): string | undefined {
  const known = fieldsOf(parentSchema);
  const name = String(params['additionalProperty']);
  const services: unknown = known['services'];
  const ofService = fieldsOf(isRecord(services) ? services['additionalProperties'] : undefined);
  const isLike = value === null || (isRecord(value) && Object.keys(value).every((field) => field in ofService));
  if (!isLike || nearest(name, Object.keys(known)) !== undefined) return undefined;
  return `If ${name} is a service, indent it by two spaces, so that it stands below "services:".`;
}

/** A service below `service`, which is the Service that Kubernetes makes. */
function hintOnSingular({ params, parentSchema }: ErrorObject, value: unknown): string | undefined {
  const name = String(params['additionalProperty']);
  const known = Object.keys(fieldsOf(parentSchema));
  if ((value !== null && !isRecord(value)) || nearest(name, known) !== undefined) return undefined;
  return `If ${name} is a service, it stands below "services:", with an s; the fields of "service:" are: ${known.sort().join(', ')}.`;
}

function fieldsOf(schema: unknown): Readonly<Record<string, unknown>> {
  const properties = isRecord(schema) ? schema['properties'] : undefined;
  return isRecord(properties) ? properties : {};
}
