import { ARCHIVE_USER, listNames } from '../names.ts';
import type { Rule } from '../rule.ts';

const RESERVED_NAMES = new Set(['postgres', 'template0', 'template1', 'public', 'none']);

/** A database or login role has no name that PostgreSQL, or the deployment itself, keeps for itself. */
export const rule: Rule = ({ names, values }) => {
  const given = listNames(names);
  const ofArchive = given.filter(({ text }) => values.backup.pointInTime.enabled && text === ARCHIVE_USER);
  return [
    ...given
      .filter(({ text }) => isReserved(text.toLowerCase()))
      .map(({ path, text }) => ({
        path,
        message: `"${text}" is a name that PostgreSQL keeps for itself`,
        hint: `Choose another; reserved are ${[...RESERVED_NAMES].join(', ')} and whatever begins with pg_.`,
      })),
    ...ofArchive.map(({ path, text }) => ({
      path,
      message: `"${text}" is the login of the archive, which backup.pointInTime switches on`,
      hint: 'Choose another name.',
    })),
  ];
};

function isReserved(name: string): boolean {
  return RESERVED_NAMES.has(name) || name.startsWith('pg_');
}
