import { valueAt } from '../../fields.ts';
import { engineOf } from '../engine.ts';
import type { Rule } from '../rule.ts';

/** With another engine than the pod, no field says what only the chart's own server could be. */
export const rule: Rule = ({ given, values }) => {
  const { isOurs, others } = engineOf(values);
  if (isOurs) return [];
  const shown = Object.entries(values.services).flatMap(([service, { clientCertificate, roles }]) => [
    ...(clientCertificate === '' ? [] : [['services', service, 'clientCertificate']]),
    ...Object.entries(roles)
      .filter(([, role]) => role.clientCertificate !== '')
      .map(([role]) => ['services', service, 'roles', role, 'clientCertificate']),
  ]);
  return [
    ...others.fields
      .map((field) => ({ path: field.path.split('.'), hint: field.hint }))
      .filter(({ path }) => !isUnsaid(valueAt(given, path)))
      .map(({ path, hint = others.hint }) => ({ path, message: others.why, hint })),
    ...shown.map((path) => ({
      path,
      message: 'who must show a certificate is said in pg_hba.conf, and that of this server is not ours',
      hint: 'Take it out.',
    })),
  ];
};

const isUnsaid = (value: unknown): boolean => value === undefined || value === null;
