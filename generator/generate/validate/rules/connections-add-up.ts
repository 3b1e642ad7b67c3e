import type { Rule } from '../rule.ts';

/** The server accepts as many connections as its services, the admin and the platform's own logins may hold. */
export const rule: Rule = ({ budget, values }) => {
  const { rows, needed, available } = budget.connections;
  if (needed <= available) return [];
  const arithmetic = rows.map((row) => row.arithmetic).join(', ');
  const message = `the connections do not add up: ${arithmetic}, but the server accepts ${available}`;
  const isGiven = values.postgresql.maxConnections > 0;
  const raise = isGiven ? `Raise postgresql.maxConnections to at least ${needed}, or lower` : 'Lower';
  const hint = `${raise} services.<name>.connectionLimit.`;
  return [{ path: ['postgresql', 'maxConnections'], message, hint }];
};
