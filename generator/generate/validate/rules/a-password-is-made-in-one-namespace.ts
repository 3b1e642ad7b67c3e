import type { Rule } from '../rule.ts';

/** A password that the External Secrets Operator makes is in one namespace, where both the Job and the service need it. */
export const rule: Rule = ({ values }) =>
  Object.entries(values.services)
    .filter(([, { namespace }]) => namespace !== '' && namespace !== values.namespaceOverride)
    .filter(([, { passwords }]) => (passwords || values.auth.passwords) === 'externalSecret')
    .filter(([, entry]) => [entry, ...Object.values(entry.roles)].some(({ existingSecret }) => existingSecret === ''))
    .map(([service, { namespace }]) => ({
      path: ['services', service, 'namespace'],
      message: `its password would be made in ${namespace} alone, but the Job needs it in the namespace of the deployment as well`,
      hint: `Take it out, or let the passwords come from elsewhere: services.${service}.passwords.`,
    }));
