import { isOid, LARGEST_OID, readConfirmation } from '../confirmation.ts';
import type { Finding } from '../finding.ts';
import type { Rule } from '../rule.ts';

/** The number by which a database is confirmed is one that PostgreSQL gives. */
export const rule: Rule = ({ values }) =>
  Object.entries(values.services).flatMap(([service, { drop, adopt }]) => [
    ...findingsOf(['services', service, 'drop'], drop),
    ...findingsOf(['services', service, 'adopt'], adopt),
  ]);

function findingsOf(path: Finding['path'], text: string): Finding[] {
  if (text === '' || isOid(readConfirmation(text))) return [];
  const message = `"${text}" ends in a number that no database has: PostgreSQL gives 1 to ${LARGEST_OID}`;
  return [{ path, message, hint: 'Write the line as provisioning prints it.' }];
}
