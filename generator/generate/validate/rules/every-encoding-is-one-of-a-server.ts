import { encodingOf, ENCODINGS } from '../encodings.ts';
import type { Finding } from '../finding.ts';
import { isOfficialImage } from '../image.ts';
import type { Rule } from '../rule.ts';

/** The encoding of a database is one that a server can have: not one for clients alone, and one that goes with the database's locale. */
export const rule: Rule = ({ values }) =>
  Object.entries(values.services).flatMap(([service, { encoding, locale }]) => {
    const wrong = refusalOf(encoding, locale, isOfficialImage(values));
    return wrong === undefined ? [] : [{ path: ['services', service, 'encoding'], ...wrong }];
  });

type Locale = { readonly provider: string; readonly name: string };

function refusalOf(name: string, locale: Locale, isOfficial: boolean): Pick<Finding, 'message' | 'hint'> | undefined {
  const encoding = encodingOf(name);
  if (encoding === undefined || !encoding.server) {
    const reason = encoding === undefined ? 'PostgreSQL has no such encoding' : 'it is for clients alone';
    const known = ENCODINGS.filter(({ server }) => server).map((each) => each.name);
    return { message: `a database cannot have the encoding "${name}": ${reason}`, hint: `It can have ${known.join(', ')}.` };
  }
  if (!isOfficial || encoding.name === 'UTF8' || goesWith(encoding.name, locale)) return undefined;
  const message = `the encoding "${name}" does not go with the locale of its database, which is for UTF8`;
  return { message, hint: 'Set locale.name to C, and no locale.provider; the server itself is made with en_US.utf8.' };
}

/** The C library of the official image has no locale but C for anything else than UTF8; with SQL_ASCII it does not matter. */
function goesWith(encoding: string, { provider, name }: Locale): boolean {
  if (encoding === 'SQL_ASCII') return provider !== 'icu' && (provider !== 'builtin' || name === 'C');
  return ['', 'libc'].includes(provider) && ['C', 'POSIX'].includes(name);
}
