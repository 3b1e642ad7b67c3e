/*
 * What texts the Kubernetes API takes where, as its documentation says: object names and IDs, labels, annotations, resource.Quantity,
 * CronJob schedules, and the names of images. Written step by step and apart from the contract's patterns, which are tested against it.
 */

const isAlphanumeric = (text: string | undefined): boolean => text !== undefined && /^[A-Za-z0-9]$/.test(text);

const madeOf = (text: string, characters: string): boolean => [...text].every((each) => characters.includes(each));

const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const UPPER = LOWER.toUpperCase();
const DIGITS = '0123456789';

const hasFirmEnds = (text: string): boolean => isAlphanumeric(text.at(0)) && isAlphanumeric(text.at(-1));

/** A label of RFC 1123, without its length. */
const isDnsPart = (text: string): boolean => madeOf(text, `${LOWER}${DIGITS}-`) && hasFirmEnds(text);

export const isDnsLabel = (text: string): boolean => isDnsPart(text) && text.length <= 63;

/** A label of RFC 1035: what a Service is called. */
export const isServiceName = (text: string): boolean => isDnsLabel(text) && LOWER.includes(text.charAt(0));

export const isSubdomain = (text: string): boolean => text.length <= 253 && text.split('.').every(isDnsPart);

const isQualifiedName = (text: string): boolean =>
  text.length <= 63 && madeOf(text, `${LOWER}${UPPER}${DIGITS}-_.`) && hasFirmEnds(text);

export function isLabelKey(text: string): boolean {
  const [name = '', domain, ...more] = text.split('/').reverse();
  return more.length === 0 && (domain === undefined || isSubdomain(domain)) && isQualifiedName(name);
}

export const isAnnotationKey = (text: string): boolean => isLabelKey(text.toLowerCase());

export const isLabelValue = (text: string): boolean => text === '' || isQualifiedName(text);

/** A name of an environment variable that Kubernetes takes from 1.29 on. */
export const isEnvName = (text: string): boolean =>
  text !== '' && madeOf(text, `${LOWER}${UPPER}${DIGITS}-_.`) && !DIGITS.includes(text.charAt(0));

/** Key of a ConfigMap or a Secret. */
export const isDataKey = (text: string): boolean =>
  text !== '' && text.length <= 253 && madeOf(text, `${LOWER}${UPPER}${DIGITS}-_.`) && text !== '.' && !text.startsWith('..');

const SUFFIXES: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** The amount that a quantity stands for; NaN for a text that is none. */
export function amountOf(quantity: string): number {
  const sign = /^[+-]?/.exec(quantity)?.[0] ?? '';
  const digits = /^[0-9]*/.exec(quantity.slice(sign.length))?.[0] ?? '';
  const fraction = /^(?:\.[0-9]*)?/.exec(quantity.slice(sign.length + digits.length))?.[0] ?? '';
  const suffix = quantity.slice(sign.length + digits.length + fraction.length);
  if (digits === '' && fraction.length < 2) return NaN;
  const amount = Number(`${digits}${fraction}`) * (sign === '-' ? -1 : 1);
  const known = SUFFIXES[suffix];
  if (known !== undefined) return amount * known;
  const exponent = suffix.slice(1);
  const isExponent = /^[eE]/.test(suffix) && madeOf(exponent.replace(/^[+-]/, ''), DIGITS) && /[0-9]$/.test(exponent);
  return isExponent ? amount * 10 ** Number(exponent) : NaN;
}

const MONTHS = ['', 'jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const CRON_FIELDS: readonly { least: number; most: number; names?: readonly string[] }[] = [
  { least: 0, most: 59 },
  { least: 0, most: 23 },
  { least: 1, most: 31 },
  { least: 1, most: 12, names: MONTHS },
  { least: 0, most: 6, names: WEEKDAYS },
];
const MACROS = ['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly'];

export function isSchedule(text: string): boolean {
  if (text.startsWith('@every ')) return /^([0-9]+(\.[0-9]*)?(ns|us|ms|s|m|h))+$/.test(text.slice('@every '.length));
  if (text.startsWith('@')) return MACROS.includes(text);
  const fields = text.split(/\s+/).filter((field) => field !== '');
  return (
    fields.length === CRON_FIELDS.length &&
    fields.every((field, index) => field.split(',').every((part) => isCronPart(part, index)))
  );
}

function isCronPart(part: string, index: number): boolean {
  const { least, most, names = [] } = CRON_FIELDS[index] ?? { least: 1, most: 0 };
  const [range = '', step, ...more] = part.split('/');
  if (more.length > 0 || (step !== undefined && !(madeOf(step, DIGITS) && Number(step) > 0))) return false;
  if (range === '*' || range === '?') return true;
  const ends = range.split('-').map((end) => {
    const known = end === '' ? -1 : names.indexOf(end.toLowerCase());
    return known >= 0 ? known : end !== '' && madeOf(end, DIGITS) ? Number(end) : NaN;
  });
  const [from = NaN, to = from] = ends;
  return ends.length <= 2 && from >= least && to <= most && from <= to;
}

/** The name of an image as a container runtime reads it: [host[:port]/]path[:tag][@digest]. */
export function isImage(text: string): boolean {
  const [named = '', digest, ...more] = text.split('@');
  if (more.length > 0 || (digest !== undefined && !/^sha256:[0-9a-f]{64}$/.test(digest))) return false;
  const slash = named.lastIndexOf('/');
  const colon = named.indexOf(':', slash);
  const name = colon < 0 ? named : named.slice(0, colon);
  const tag = colon < 0 ? undefined : named.slice(colon + 1);
  const parts = name.split('/');
  const hasHost = parts.length > 1 && /[.:]|^localhost$|[A-Z]/.test(parts[0] ?? '');
  return (
    // The host does not count (github.com/distribution/reference 0.6), but runtimes of before count what has no port.
    (/[:\]]/.test(parts[0] ?? '') ? parts.slice(1).join('/') : name).length <= 255 &&
    (tag === undefined || /^\w[\w.-]{0,127}$/.test(tag)) &&
    (!hasHost || isHost(parts[0] ?? '')) &&
    parts.slice(hasHost ? 1 : 0).every((part) => /^[a-z0-9]+$/.test(part.replace(/([a-z0-9])(?:\.|__?|-+)(?=[a-z0-9])/g, '$1')))
  );
}

function isHost(text: string): boolean {
  const [, host = '', port] = /^(\[[0-9a-fA-F:]+\]|[^:]*)(?::([0-9]+))?$/.exec(text) ?? [];
  return host.startsWith('[') || (host !== '' && isSubdomain(host.toLowerCase()) && port !== '');
}
