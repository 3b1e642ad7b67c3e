/** What a text without quotes means. */
export type Plain = string | number | boolean | null;

/**
 * What a scalar without quotes means to Helm 3 and 4, whose reader (sigs.k8s.io/yaml) takes words from YAML 1.1, `0o7` from YAML 1.2, and
 * neither sexagesimal numbers nor dates. The table is the only one there is: whatever it does not list is a text.
 */
export function resolvePlain(text: string): Plain {
  const word = WORDS.get(text);
  return word === undefined ? (numberOf(text) ?? text) : word;
}

/** What a scalar with one of YAML's own tags means; undefined when it is not what the tag says, or the tag is another. */
export function resolveTagged(tag: string, text: string): Plain | undefined {
  const meant = resolvePlain(text);
  switch (tag) {
    case 'tag:yaml.org,2002:str':
      return text;
    case 'tag:yaml.org,2002:null':
      return meant === null ? meant : undefined;
    case 'tag:yaml.org,2002:bool':
      return typeof meant === 'boolean' ? meant : undefined;
    case 'tag:yaml.org,2002:int':
      return typeof meant === 'number' ? integerOf(digitsOf(text)) : undefined;
    case 'tag:yaml.org,2002:float':
      return typeof meant === 'number' && (meant < 2 ** 63 || integerOf(digitsOf(text)) === undefined) ? meant : undefined;
    default:
      return undefined;
  }
}

const WORDS: ReadonlyMap<string, Plain> = new Map<string, Plain>([
  ...['', '~', 'null', 'Null', 'NULL'].map((word) => [word, null] as const),
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'on', 'On', 'ON', 'true', 'True', 'TRUE'].map((word) => [word, true] as const),
  ...['n', 'N', 'no', 'No', 'NO', 'off', 'Off', 'OFF', 'false', 'False', 'FALSE'].map((word) => [word, false] as const),
  ...['.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF'].map((word) => [word, Infinity] as const),
  ...['-.inf', '-.Inf', '-.INF'].map((word) => [word, -Infinity] as const),
  ...['.nan', '.NaN', '.NAN'].map((word) => [word, NaN] as const),
]);

const DECIMAL = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/;
/** One that begins with its point may have underscores between digits only. */
const POINTED = /^\.[0-9]+(_[0-9]+)*([eE][-+]?[0-9]+(_[0-9]+)*)?$/;
const INTEGER = /^([-+]?)(0|[1-9][0-9]*|0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+)$/;

function numberOf(text: string): number | undefined {
  if (!/^[-+0-9]/.test(text)) return POINTED.test(text) ? finite(text.replaceAll('_', '')) : undefined;
  const digits = digitsOf(text);
  return integerOf(digits) ?? (DECIMAL.test(digits) ? finite(digits) : undefined);
}

function digitsOf(text: string): string {
  // Go's reader takes the sign of a binary number behind its 0b as well.
  return text.replaceAll('_', '').replace(/^0b([-+])(?=[01])/, '$10b');
}

/** Whole numbers of 64 bits; larger ones are read as decimal ones, or as a text if they are none. */
function integerOf(text: string): number | undefined {
  const [, sign, digits] = INTEGER.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const magnitude = BigInt(digits.replace(/^0(?=[0-7])/, '0o'));
  const most = sign === '' ? 2n ** 64n - 1n : sign === '-' ? 2n ** 63n : 2n ** 63n - 1n;
  return magnitude > most ? undefined : Number(sign === '-' ? -magnitude : magnitude);
}

function finite(text: string): number | undefined {
  const number = Number(text);
  return Number.isFinite(number) ? number : undefined;
}
