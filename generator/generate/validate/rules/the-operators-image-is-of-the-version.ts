import { engineOf } from '../engine.ts';
import type { Rule } from '../rule.ts';

/** The image of an operator's servers has the version for which the services were checked. */
export const rule: Rule = ({ values }) => {
  const { image } = engineOf(values).operator ?? { image: '' };
  const { version } = values.postgresql;
  if (image === '' || new RegExp(`:${version}([^0-9][^:]*)?(@.*)?$`).test(image)) return [];
  return [
    {
      path: ['engine', 'cloudnativePg', 'image'],
      message: `its tag is not one of PostgreSQL ${version}, which postgresql.version says`,
      hint: `Take an image whose tag begins with ${version}, or set postgresql.version to what it has.`,
    },
  ];
};
