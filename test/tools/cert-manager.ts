import { Ajv, type ValidateFunction } from 'ajv';

/** Fields of cert-manager.io/v1 that the chart sets, with what they take. Those of which it sets none are refused, so that a slip in a name is seen. */
const text = { type: 'string', minLength: 1 };
const object = (properties: object, required: readonly string[]): object => ({
  type: 'object',
  additionalProperties: false,
  properties,
  required,
});

const issuerRef = object({ name: text, kind: text, group: text }, ['name']);

/** As the API has them (pkg/apis/certmanager/v1: CertificateSpec, IssuerConfig); a duration is Go's, a certificate names at least one name. */
const SPECS: Readonly<Record<string, object>> = {
  Certificate: {
    ...object(
      {
        commonName: { ...text, maxLength: 64 },
        dnsNames: { type: 'array', items: text, uniqueItems: true },
        duration: { type: 'string', pattern: '^([0-9]+[hms])+$' },
        ipAddresses: { type: 'array', items: { type: 'string', pattern: '^[0-9a-f.:]+$' } },
        isCA: { type: 'boolean' },
        issuerRef,
        privateKey: object(
          {
            algorithm: { enum: ['RSA', 'ECDSA', 'Ed25519'] },
            rotationPolicy: { enum: ['Never', 'Always'] },
            size: { enum: [256, 384, 521] },
          },
          [],
        ),
        secretName: text,
        usages: {
          type: 'array',
          items: { enum: ['digital signature', 'key encipherment', 'cert sign', 'server auth', 'client auth'] },
        },
      },
      ['issuerRef', 'secretName'],
    ),
    anyOf: [{ required: ['commonName'] }, { required: ['dnsNames'] }],
  },
  Issuer: {
    ...object({ ca: object({ secretName: text }, ['secretName']), selfSigned: object({}, []) }, []),
    minProperties: 1,
    maxProperties: 1,
  },
};

/** The check of a kind of cert-manager's; undefined for any other kind. */
export function certManagerValidator(apiVersion: string, kind: string): ValidateFunction | undefined {
  const spec = apiVersion === 'cert-manager.io/v1' ? SPECS[kind] : undefined;
  if (spec === undefined) return undefined;
  const metadata = object({ name: text, namespace: text, labels: { type: 'object' }, annotations: { type: 'object' } }, [
    'name',
    'namespace',
  ]);
  const manifest = object({ apiVersion: text, kind: text, metadata, spec }, ['apiVersion', 'kind', 'metadata', 'spec']);
  return new Ajv({ allErrors: true, strict: false }).compile(manifest);
}
