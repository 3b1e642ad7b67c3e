import { changedFields } from '../fields.ts';
import type { Model, Service } from '../model.ts';
import { BANNER, type OutputFile } from './output.ts';

/**
 * The desired state of the server, which provisioning compares with the live catalogs. A service's entry leaves out what
 * equals the defaults: one ConfigMap holds thousands of services.
 */
export function renderDesired(model: Model): OutputFile[] {
  const { services, dropped, platformLogins, defaults, structure, budget, digest, engine } = model;
  const lines = services.map((service) => `    ${JSON.stringify(entryOf(service, model))}`);
  const content = [
    '{',
    `  "$comment": ${JSON.stringify(BANNER)},`,
    `  "digest": ${JSON.stringify(digest)},`,
    `  "structure": ${JSON.stringify(structure)},`,
    `  "server": ${JSON.stringify(budget.server)},`,
    `  "dropped": ${JSON.stringify(dropped.map(({ secretName: _, login: __, rotation: ___, ...rest }) => rest))},`,
    ...(platformLogins.length > 0
      ? [
          `  "platformLogins": ${JSON.stringify(platformLogins.map(({ passwordSecret: _, rotation, ...rest }) => ({ ...rest, ...turnOf(rotation) })))},`,
        ]
      : []),
    ...(engine.operator ? [`  "operatorRoles": ${JSON.stringify(engine.operator.roles)},`] : []),
    `  "defaults": ${JSON.stringify(defaults)},`,
    '  "services": [',
    lines.join(',\n'),
    '  ]',
    '}',
    '',
  ].join('\n');
  return [{ path: 'desired.json', content }];
}

function entryOf(service: Service, { defaults, allowedExtensions, closedFunctions }: Model): object {
  const { name, database, user, connectionLimit, settings, extensions, adminExtensions, placements, encoding, locale } = service;
  const roles = service.roles.map(({ secretName: _, passwordSecret: __, rotation, clientCertificate, login, ...role }) => ({
    ...role,
    ...secondOf(login, role.user),
    ...turnOf(rotation),
    ...demandOf(clientCertificate),
  }));
  const wanted: object = { connectionLimit, settings, extensions, adminExtensions, roles, encoding, locale };
  // What the admin may bring along for these, and what is to be closed of it; nobody else needs either.
  const closed = closedFunctions.length > 0 ? { closed: closedFunctions } : {};
  const allowed = adminExtensions.length > 0 ? { allowedExtensions, ...closed } : {};
  const placed = Object.keys(placements).length > 0 ? { placements } : {};
  const adopted = service.adopt === null ? {} : { adopt: service.adopt };
  return {
    name,
    database,
    user,
    ...secondOf(service.login, user),
    ...turnOf(service.rotation),
    ...demandOf(service.clientCertificate),
    ...changedFields(wanted, defaults),
    ...allowed,
    ...placed,
    ...adopted,
    ...linesOf(service),
  };
}

/** The login that is in use, where a rotation made it another. */
function secondOf(login: string, user: string): object {
  return login === user ? {} : { login };
}

/** By which the server knows values that are older than those it has seen. */
function turnOf(rotation: number): object {
  return rotation === 0 ? {} : { rotation };
}

/** That a certificate is asked for: what has it is no business of the server's. */
function demandOf(clientCertificate: string): object {
  return clientCertificate === '' ? {} : { clientCertificate: true };
}

/** Where each schema file can be cut into whole statements, and how they are run outside a transaction. */
function linesOf({ schemaFiles }: Service): object {
  const lines = Object.fromEntries(schemaFiles.map((file) => [file.name, file.lines.join(' ')]));
  const steps = Object.fromEntries(schemaFiles.flatMap((file) => (file.steps ? [[file.name, file.steps]] : [])));
  return { ...(schemaFiles.length > 0 && { lines }), ...(Object.keys(steps).length > 0 && { outside: steps }) };
}
