import { valueAt } from '../../fields.ts';
import { engineOf } from '../engine.ts';
import type { Rule } from '../rule.ts';

/** With another engine than the pod, no field says what only the chart's own server could be. */
export const rule: Rule = ({ given, values }) => {
  if (engineOf(values).isOurs) return [];
  const shown = Object.entries(values.services).flatMap(([service, { clientCertificate, roles }]) => [
    ...(clientCertificate === '' ? [] : [['services', service, 'clientCertificate']]),
    ...Object.entries(roles)
      .filter(([, role]) => role.clientCertificate !== '')
      .map(([role]) => ['services', service, 'roles', role, 'clientCertificate']),
  ]);
  return [
    ...ONLY_OURS.map((field) => ({ path: field.path.split('.'), hint: field.hint }))
      .filter(({ path }) => !isUnsaid(valueAt(given, path)))
      .map(({ path, hint = 'Take it out; its provider has settings of his own.' }) => ({ path, message: MESSAGE, hint })),
    ...shown.map((path) => ({
      path,
      message: 'who must show a certificate is said in pg_hba.conf, and that of this server is not ours',
      hint: 'Take it out.',
    })),
  ];
};

const MESSAGE = `it is about a server that the chart runs, and engine.kind says that somebody else runs this one`;

const ONLY_OURS: readonly { readonly path: string; readonly hint?: string }[] = [
  { path: 'workload' },
  { path: 'persistence' },
  { path: 'probes' },
  { path: 'service' },
  { path: 'resources' },
  { path: 'tls', hint: 'Take it out; engine.external.tls says how the server is known.' },
  { path: 'extraEnv' },
  { path: 'extraVolumes' },
  { path: 'extraVolumeMounts' },
  { path: 'extraInitContainers' },
  { path: 'priorityClassName' },
  { path: 'terminationGracePeriodSeconds' },
  { path: 'postgresql.settings' },
  { path: 'postgresql.logStatement' },
  { path: 'auth.admin.rotation', hint: 'Take it out; give the admin another password at its provider, and the Secret the same.' },
  {
    path: 'backup.pointInTime',
    hint: "Take it out; nobody but its provider has the server's log of changes, and most of them bring a point in time back. The nightly dumps (backup.schedule) work as ever.",
  },
];

const isUnsaid = (value: unknown): boolean => value === undefined || value === null;
