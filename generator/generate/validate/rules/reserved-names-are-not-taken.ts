import type { CompleteValues } from '../contract.ts';
import { engineOf } from '../engine.ts';
import { ARCHIVE_USER, listNames } from '../names.ts';
import type { Rule } from '../rule.ts';

/** Roles by which pg_hba.conf knows those who must show a certificate, and what a move and a restore come in by. */
const OWN_ROLES = new Set([
  'shared_postgresql_certificate',
  'shared_postgresql_moving',
  'shared_postgresql_platform',
  'shared_postgresql_restoring',
]);

const RESERVED_NAMES = new Set(['postgres', 'template0', 'template1', 'public', 'none']);

/** A database or login role has no name that PostgreSQL, or the deployment itself, keeps for itself. */
export const rule: Rule = ({ names, values }) => [
  ...listNames({ names, values }).flatMap(({ path, text }) => {
    const reason = whyKept(text, values);
    return reason === undefined ? [] : [{ path, message: `"${text}" is ${reason}`, hint: hintFor(text) }];
  }),
  ...Object.keys(values.platformLogins)
    .filter((name) => name === 'archive')
    .map((name) => ({
      path: ['platformLogins', name],
      message: `"${name}" is what the login of the archive is called`,
      hint: 'Choose another name; backup.pointInTime makes the login of the archive.',
    })),
];

/** What a name is already; undefined where it is free. */
function whyKept(text: string, values: CompleteValues): string | undefined {
  const { admin, operator } = engineOf(values);
  if (isReserved(text)) return 'a name that PostgreSQL keeps for itself';
  if (OWN_ROLES.has(text)) return 'a role of the deployment itself, by which pg_hba.conf tells logins apart';
  if (operator?.roles.includes(text)) return `a role that ${operator.name} makes, and logs in by`;
  if ([admin.user, admin.database].includes(text)) return "the admin's own, as engine.external says";
  if (values.backup.pointInTime.enabled && text === ARCHIVE_USER) {
    return 'the login of the archive, which backup.pointInTime switches on';
  }
  return undefined;
}

function hintFor(text: string): string {
  return isReserved(text)
    ? `Choose another; reserved are ${[...RESERVED_NAMES].join(', ')} and whatever begins with pg_.`
    : 'Choose another name.';
}

function isReserved(text: string): boolean {
  const name = text.toLowerCase();
  return RESERVED_NAMES.has(name) || name.startsWith('pg_');
}
