import type { Rule } from '../rule.ts';

/** No migrator of the platform is for a service whose own login must show a certificate. */
export const rule: Rule = ({ values }) =>
  Object.entries(values.platformLogins)
    .filter(([, { access }]) => access === 'migrator')
    .flatMap(([name, { services }]) =>
      services.flatMap((service, index) =>
        (values.services[service]?.clientCertificate ?? '') === ''
          ? []
          : [
              {
                path: ['platformLogins', name, 'services', index],
                message: `${service} has clientCertificate: the server would ask its migrator for a certificate as well, and that has none`,
                hint: 'Take it out and migrate by the Secret of the service, or take clientCertificate out.',
              },
            ],
      ),
    );
