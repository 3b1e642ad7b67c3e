import { formatPath } from '../../problem.ts';
import { listNames } from '../names.ts';
import type { Rule } from '../rule.ts';

/** NAMEDATALEN - 1: PostgreSQL cuts longer names off without a word. */
const LONGEST_NAME = 63;

/** The name of a database or login role has at most 63 bytes, whether it is written or follows from another. */
export const rule: Rule = (settled) =>
  listNames(settled)
    .filter(({ text }) => text.length > LONGEST_NAME)
    .map(({ path, text }) => ({
      path,
      message: `"${text}" has ${text.length} bytes; PostgreSQL allows ${LONGEST_NAME}`,
      hint: `Set ${formatPath(path)} to a shorter name.`,
    }));
