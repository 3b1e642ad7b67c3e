import { engineOf } from '../engine.ts';
import type { Rule } from '../rule.ts';

/** Of a server that somebody else runs the values say where it is, where the admin's password is, and by what authority it is known. */
export const rule: Rule = ({ values }) => {
  const { address } = engineOf(values);
  const { host, tls } = values.engine.external;
  if (address === undefined) return [];
  return [
    ...needed(['engine', 'external', 'host'], host, 'nobody knows where the server is', 'Set it to the name of its host.'),
    ...needed(
      ['auth', 'admin', 'existingSecret'],
      values.auth.admin.existingSecret,
      "nobody but you has the admin's password",
      'Make a Secret with the key password, and name it here.',
    ),
    ...(tls.mode === 'verify-full'
      ? needed(
          ['engine', 'external', 'tls', 'existingSecret'],
          tls.existingSecret,
          'there is no authority to verify the server by',
          "Make a Secret with ca.crt, the provider's authorities, and name it here; or set engine.external.tls.mode to require.",
        )
      : []),
  ];
};

function needed(path: readonly string[], text: string, why: string, hint: string) {
  return text === '' ? [{ path, message: `it is empty, and ${why}`, hint }] : [];
}
