import { engineOf } from '../engine.ts';
import { isPooler, providerOf } from '../providers.ts';
import type { Rule } from '../rule.ts';

/** Of a server that somebody else runs the values say where it is, and of no pooler before it, where the admin's password is, and by what authority it is known. */
export const rule: Rule = ({ values }) => {
  const { address } = engineOf(values);
  const { host, tls } = values.engine.external;
  if (address === undefined) return [];
  const provider = providerOf(host);
  const authorities = provider ? `${provider.name}: ${provider.authorities}` : "the provider's authorities";
  return [
    ...(isPooler(host) ? [POOLER] : []),
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
          `Make a Secret with ca.crt (${authorities}), and name it here; or set engine.external.tls.mode to require.`,
        )
      : []),
  ];
};

const POOLER = {
  path: ['engine', 'external', 'host'],
  message: 'it is a pooler, which gives each transaction another session, and provisioning has its settings and its lock in one',
  hint: 'Set it to the host of the server itself; services may go by the pooler.',
};

function needed(path: readonly string[], text: string, why: string, hint: string) {
  return text === '' ? [{ path, message: `it is empty, and ${why}`, hint }] : [];
}
