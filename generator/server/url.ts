import { nearest } from '../generate/validate/nearest.ts';

/** What is wrong with a URL, and what to do; it never shows a part that may hold a password. */
export interface UrlFlaw {
  readonly message: string;
  readonly hint: string;
}

const FORM = 'postgresql://USER:PASSWORD@HOST:PORT';

/** Both are PostgreSQL's (libpq, connection URIs). */
const SCHEMES = ['postgresql', 'postgres'];

/** What somebody wrote who does not know the form by heart; undefined when nothing of the kind is seen. */
export function flawOfUrl(written: string): UrlFlaw | undefined {
  const url = written.trim();
  if (url === '') return { message: 'the URL is empty', hint: `Write it as ${FORM}.` };
  return flawOfForm(url) ?? flawOfScheme(url) ?? flawOfSpaces(url);
}

/** Forms of other programs, which the connection Secret has beside the URL. */
function flawOfForm(url: string): UrlFlaw | undefined {
  const form = /^jdbc:/i.test(url)
    ? 'the JDBC form'
    : /^(host|server)\s*=.*;/i.test(url)
      ? 'the .NET form'
      : /^\w+\s*=\s*\S/.test(url) && !url.includes('://')
        ? "libpq's form of words"
        : undefined;
  if (form !== undefined)
    return { message: `the URL has ${form}`, hint: `Write it as ${FORM}; the key "uri" of a Secret has that form.` };
  if (!/^["'<]/.test(url)) return undefined;
  return { message: 'the URL begins with a quote or bracket', hint: `Leave it out: ${FORM}.` };
}

function flawOfScheme(url: string): UrlFlaw | undefined {
  // A folder with a socket, or the URL of one: the driver knows these too.
  if (/^(\/|socket:)/.test(url)) return undefined;
  const scheme = /^([a-z][\w+.-]*):\/\//i.exec(url)?.[1]?.toLowerCase();
  if (scheme !== undefined && SCHEMES.includes(scheme)) return undefined;
  if (scheme === undefined) {
    const isCut = /^postgres(ql)?:/i.test(url);
    const message = isCut ? 'the URL lacks the two slashes behind its scheme' : 'the URL has no scheme';
    return { message, hint: `Write postgresql:// in front of the user and host: ${FORM}.` };
  }
  const isMisspelt = nearest(scheme, SCHEMES) !== undefined || scheme.startsWith('p');
  const hint = isMisspelt ? 'Did you mean postgresql://?' : 'The server is a PostgreSQL: write postgresql://.';
  return { message: `the URL begins with ${scheme}://`, hint };
}

function flawOfSpaces(url: string): UrlFlaw | undefined {
  if (!/\s/.test(url)) return undefined;
  return { message: 'there is a space in the URL', hint: 'Take it out; in a password it is written %20.' };
}

/** Of TLS what a URL says, or, where there is none, the environment: as libpq's variables, for programs that read no URL. */
export function sslVariablesOf(url: string | undefined, environment: NodeJS.ProcessEnv): Record<string, string> {
  const given =
    url === undefined
      ? Object.entries(environment)
      : [...parametersOf(url)].map(([name, value]) => [`PG${name.toUpperCase()}`, value] as const);
  return Object.fromEntries(
    given.flatMap(([name, value]) => (/^PGSSL[A-Z]+$/.test(name) && value !== undefined ? [[name, value]] : [])),
  );
}

function parametersOf(url: string): URLSearchParams {
  return new URLSearchParams(/\?([^#]*)/.exec(url)?.[1] ?? '');
}
