import { valueAt } from '../../fields.ts';
import type { Path } from '../../problem.ts';
import type { Finding } from '../finding.ts';
import { nearest } from '../nearest.ts';
import type { Rule } from '../rule.ts';

/** A readonly login of the platform, or a migrator, names its services, none of them disabled, and is none of their own roles; one for monitoring names none. */
export const rule: Rule = ({ given, values }) =>
  Object.entries(values.platformLogins).flatMap(([name, { access, services, existingSecret }]): Finding[] => {
    const path = ['platformLogins', name];
    if (access === 'monitoring') return services.length === 0 ? [] : [needless(path)];
    return [
      ...(services.length === 0 ? [namesNone(path, access)] : []),
      ...(existingSecret === '' ? [] : [severalSecrets(path, access)]),
      ...services.flatMap((service, index) => {
        const place = [...path, 'services', index];
        if (!Object.hasOwn(values.services, service)) return [unknown(place, service, Object.keys(values.services))];
        if (values.services[service]?.enabled === false) return [disabled(place, service)];
        return valueAt(given, ['services', service, 'roles', name]) === undefined ? [] : [taken(place, service, name)];
      }),
    ];
  });

function needless(path: Path): Finding {
  const message = "a login for monitoring opens the admin's database alone";
  return { path: [...path, 'services'], message, hint: 'Take services out, or set access to readonly or migrator.' };
}

function namesNone(path: Path, access: string): Finding {
  return { path, message: `its access is ${access}, and it names no service`, hint: 'Name them: services: [user-service].' };
}

function severalSecrets(path: Path, access: string): Finding {
  const message = `a login whose access is ${access} has a Secret for each of its services, and this is the name of one`;
  return {
    path: [...path, 'existingSecret'],
    message,
    hint: "Take it out; their names are <service>-<the login's name>-db-secret.",
  };
}

function unknown(path: Path, service: string, known: readonly string[]): Finding {
  const meant = nearest(service, known);
  const message = `there is no service "${service}"${meant === undefined ? '' : `; did you mean ${meant}?`}`;
  return { path, message, hint: 'Name services that stand below services.' };
}

function disabled(path: Path, service: string): Finding {
  const message = `${service} has enabled: false, and nobody opens its database`;
  return { path, message, hint: `Take it out, or enable the service; its logins are locked until then.` };
}

function taken(path: Path, service: string, name: string): Finding {
  const message = `${service} has a role ${name} of its own`;
  return { path, message, hint: 'Give one of the two another name.' };
}
