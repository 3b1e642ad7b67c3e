import { Ajv, type ValidateFunction } from 'ajv';
import definitions from './custom-resource-definitions.json' with { type: 'json' };

/** What a definition does not say, but the webhook of its project refuses (cert-manager: internal/apis/certmanager/validation). */
const BESIDE: Readonly<Record<string, object>> = {
  'cert-manager.io/v1/Certificate': {
    properties: { commonName: { maxLength: 64 }, duration: { pattern: '^([0-9]+[hms])+$' } },
    anyOf: [{ required: ['commonName'] }, { required: ['dnsNames'] }],
  },
  'cert-manager.io/v1/Issuer': { minProperties: 1, maxProperties: 1 },
};

const SPECS = new Map<string, object>(Object.entries(definitions.specs));

const text = { type: 'string', minLength: 1 };
const metadata = {
  type: 'object',
  additionalProperties: false,
  properties: { name: text, namespace: text, labels: { type: 'object' }, annotations: { type: 'object' } },
  required: ['name', 'namespace'],
};

/** The check of an object that another project defines; undefined for any other kind. */
export function customResourceValidator(apiVersion: string, kind: string): ValidateFunction | undefined {
  const of = `${apiVersion}/${kind}`;
  const spec = SPECS.get(of);
  if (spec === undefined) return undefined;
  return new Ajv({ allErrors: true, strict: false, validateFormats: false }).compile({
    type: 'object',
    additionalProperties: false,
    properties: { apiVersion: text, kind: text, metadata, spec: { allOf: [spec, BESIDE[of] ?? {}] } },
    required: ['apiVersion', 'kind', 'metadata', 'spec'],
  });
}
