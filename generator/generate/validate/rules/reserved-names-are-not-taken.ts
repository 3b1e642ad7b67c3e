import { engineOf } from '../engine.ts';
import { ARCHIVE_USER, listNames } from '../names.ts';
import type { Rule } from '../rule.ts';

/** Roles by which pg_hba.conf knows those who must show a certificate, and what a restore comes in by. */
const OWN_ROLES = new Set(['shared_postgresql_certificate', 'shared_postgresql_platform', 'shared_postgresql_restoring']);

const RESERVED_NAMES = new Set(['postgres', 'template0', 'template1', 'public', 'none']);

/** A database or login role has no name that PostgreSQL, or the deployment itself, keeps for itself. */
export const rule: Rule = ({ names, values }) => {
  const given = listNames({ names, values });
  const { admin, operator } = engineOf(values);
  const ofAdmin = given.filter(({ text }) => !isReserved(text.toLowerCase()) && [admin.user, admin.database].includes(text));
  const ofArchive = given.filter(({ text }) => values.backup.pointInTime.enabled && text === ARCHIVE_USER);
  return [
    ...given
      .filter(({ text }) => isReserved(text.toLowerCase()))
      .map(({ path, text }) => ({
        path,
        message: `"${text}" is a name that PostgreSQL keeps for itself`,
        hint: `Choose another; reserved are ${[...RESERVED_NAMES].join(', ')} and whatever begins with pg_.`,
      })),
    ...given
      .filter(({ text }) => OWN_ROLES.has(text))
      .map(({ path, text }) => ({
        path,
        message: `"${text}" is a role of the deployment itself, by which pg_hba.conf tells logins apart`,
        hint: 'Choose another name.',
      })),
    ...given
      .filter(({ text }) => operator?.roles.includes(text))
      .map(({ path, text }) => ({
        path,
        message: `"${text}" is a role that ${operator?.name ?? ''} makes, and logs in by`,
        hint: 'Choose another name.',
      })),
    ...ofAdmin.map(({ path, text }) => ({
      path,
      message: `"${text}" is the admin's own, as engine.external says`,
      hint: 'Choose another name.',
    })),
    ...ofArchive.map(({ path, text }) => ({
      path,
      message: `"${text}" is the login of the archive, which backup.pointInTime switches on`,
      hint: 'Choose another name.',
    })),
    ...Object.keys(values.platformLogins)
      .filter((name) => name === 'archive')
      .map((name) => ({
        path: ['platformLogins', name],
        message: `"${name}" is what the login of the archive is called`,
        hint: 'Choose another name; backup.pointInTime makes the login of the archive.',
      })),
  ];
};

function isReserved(name: string): boolean {
  return RESERVED_NAMES.has(name) || name.startsWith('pg_');
}
