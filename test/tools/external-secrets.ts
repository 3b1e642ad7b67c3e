import { type ValidateFunction } from 'ajv';
import { object, text, validatorOfSpec } from './shapes.ts';

/** What the operator's template engine takes for a template. */
const templates = { type: 'object', additionalProperties: { type: 'string' } };

/** As the API has them (apis/externalsecrets/v1: ExternalSecretSpec; apis/generators/v1alpha1: PasswordSpec), as far as the chart or its pages set them. */
const SPECS: Readonly<Record<string, object>> = {
  'external-secrets.io/v1/ExternalSecret': object(
    {
      refreshInterval: text,
      secretStoreRef: object({ name: text, kind: { enum: ['SecretStore', 'ClusterSecretStore'] } }, ['name']),
      data: {
        type: 'array',
        items: object({ secretKey: text, remoteRef: object({ key: text, property: text }, ['key']) }, ['secretKey', 'remoteRef']),
      },
      refreshPolicy: { enum: ['CreatedOnce', 'Periodic', 'OnChange'] },
      target: object(
        {
          name: text,
          creationPolicy: { enum: ['Owner', 'Orphan', 'Merge', 'None'] },
          immutable: { type: 'boolean' },
          template: object(
            {
              engineVersion: { enum: ['v2'] },
              type: text,
              metadata: object({ labels: templates, annotations: templates }, []),
              data: templates,
            },
            [],
          ),
        },
        [],
      ),
      dataFrom: {
        type: 'array',
        items: object(
          { sourceRef: object({ generatorRef: object({ apiVersion: text, kind: text, name: text }, ['kind', 'name']) }, []) },
          [],
        ),
      },
    },
    [],
  ),
  'generators.external-secrets.io/v1alpha1/Password': object(
    {
      length: { type: 'integer' },
      digits: { type: 'integer' },
      symbols: { type: 'integer' },
      symbolCharacters: text,
      noUpper: { type: 'boolean' },
      allowRepeat: { type: 'boolean' },
    },
    ['length', 'noUpper', 'allowRepeat'],
  ),
};

/** The check of a kind of the External Secrets Operator's; undefined for any other kind. */
export function externalSecretsValidator(apiVersion: string, kind: string): ValidateFunction | undefined {
  const spec = SPECS[`${apiVersion}/${kind}`];
  return spec && validatorOfSpec(spec);
}
