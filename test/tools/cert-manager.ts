import { type ValidateFunction } from 'ajv';
import { object, text, validatorOfSpec } from './shapes.ts';

const issuerRef = object({ name: text, kind: text, group: text }, ['name']);

/** The fields of cert-manager.io/v1 that the chart sets, as the API has them (pkg/apis/certmanager/v1: CertificateSpec, IssuerConfig); a duration is Go's, a certificate names at least one name. */
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
  return spec && validatorOfSpec(spec);
}
