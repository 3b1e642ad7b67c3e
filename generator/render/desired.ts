import type { Limits, Model, Service } from '../model.ts';
import { BANNER, type OutputFile } from './output.ts';

/**
 * The desired state of the server, which provisioning compares with the live catalogs. A service's entry leaves out what
 * equals the defaults: one ConfigMap holds thousands of services.
 */
export function renderDesired({ services, defaults, structure, digest }: Model): OutputFile[] {
  const lines = services.map((service) => `    ${JSON.stringify(entryOf(service, defaults))}`);
  const content = [
    '{',
    `  "$comment": ${JSON.stringify(BANNER)},`,
    `  "digest": ${JSON.stringify(digest)},`,
    `  "structure": ${JSON.stringify(structure)},`,
    `  "defaults": ${JSON.stringify(defaults)},`,
    '  "services": [',
    lines.join(',\n'),
    '  ]',
    '}',
    '',
  ].join('\n');
  return [{ path: 'desired.json', content }];
}

function entryOf(service: Service, defaults: Limits): object {
  const { name, database, user, connectionLimit, settings, extensions } = service;
  return {
    name,
    database,
    user,
    ...differing({ connectionLimit, settings, extensions }, defaults),
  };
}

/** The fields of `limits` that are not as in `defaults`. */
function differing(limits: Limits, defaults: Limits): object {
  const standard = new Map<string, unknown>(Object.entries(defaults));
  return Object.fromEntries(
    Object.entries(limits).filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(standard.get(key))),
  );
}
