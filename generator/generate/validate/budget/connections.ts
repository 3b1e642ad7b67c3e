import type { CompleteValues } from '../contract.ts';
import { engineOf } from '../engine.ts';
import { ownLogins } from '../platform-logins.ts';
import { connectionsOf, enabledServices, stepAbove, type ServiceEntry, type Sum } from './sum.ts';

/**
 * superuser_reserved_connections: what provisioning (sessions that plan, remember and watch, and four that work), the watch beside the server and the admin find free however
 * full the server is.
 */
export const RESERVED_CONNECTIONS = 10;

/** max_connections, unless values.yaml or what the services may hold ask for more. */
const FEWEST_CONNECTIONS = 200;

/** PostgreSQL counts to 262,143 with its own processes; beside their usual number 18.4 starts with 262,107 connections, 15 with 262,121. */
const MOST_CONNECTIONS = 262000;

/**
 * While a service's logins are rotated, it has each of them twice. Room for the largest is there from the beginning, since a rotation restarts nothing; where
 * values.yaml says how many connections there are, it says that as well.
 */
function roomToRotate(services: readonly ServiceEntry[]): number {
  return Math.max(0, ...services.map((service) => connectionsOf([service])));
}

/** Sums up what may be connected at once. Available is max_connections; unless values.yaml says it, it follows from the sum. */
export function divideConnections(values: CompleteValues): Sum {
  const services = enabledServices(values);
  const { maxConnections, otherConnections } = values.postgresql;
  const { exporter, pooler } = otherConnections;
  const ofServices = connectionsOf(services);
  const ofPlatform = ownLogins(values).reduce((sum, { entry }) => sum + entry.connectionLimit, 0);
  const needed = ofServices + RESERVED_CONNECTIONS + ofPlatform + exporter + pooler;
  const parts = [
    `${ofServices} for ${services.length} ${services.length === 1 ? 'service' : 'services'}`,
    `${RESERVED_CONNECTIONS} for the admin`,
    ...(ofPlatform > 0 ? [`${ofPlatform} for logins of the platform`] : []),
    ...(exporter > 0 ? [`${exporter} for the exporter`] : []),
    ...(pooler > 0 ? [`${pooler} for the pooler`] : []),
  ];
  const available = maxConnections || Math.min(stepAbove(needed + roomToRotate(services), FEWEST_CONNECTIONS), MOST_CONNECTIONS);
  const isKnown = maxConnections > 0 || engineOf(values).isSized;
  const result = isKnown ? `of ${available}` : 'of its max_connections';
  const row = { what: 'connections', arithmetic: `${parts.join(' + ')} = ${needed}`, result };
  return { rows: [row], needed, available };
}
