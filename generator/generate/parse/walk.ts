import { CST } from 'yaml';

/** A token with the number of maps and lists around it, and whether one of them has brackets. */
export interface Placed {
  readonly token: CST.Token;
  readonly depth: number;
  readonly inBrackets: boolean;
}

/** All tokens, in the order of the text; without recursion, because nobody knows yet how deep they lie. */
export function* walkAll(tokens: readonly CST.Token[]): Generator<Placed> {
  const waiting: Placed[] = tokens.toReversed().map((token) => ({ token, depth: 0, inBrackets: false }));
  for (let placed = waiting.pop(); placed; placed = waiting.pop()) {
    yield placed;
    const { token } = placed;
    const depth = placed.depth + (CST.isCollection(token) ? 1 : 0);
    const inBrackets = placed.inBrackets || token.type === 'flow-collection';
    for (const child of childrenOf(token).toReversed()) waiting.push({ token: child, depth, inBrackets });
  }
}

function childrenOf(token: CST.Token): CST.Token[] {
  switch (token.type) {
    case 'document':
      return [...token.start, ...present(token.value), ...(token.end ?? [])];
    case 'block-map':
    case 'block-seq':
      return token.items.flatMap(partsOf);
    case 'flow-collection':
      return [token.start, ...token.items.flatMap(partsOf), ...token.end];
    case 'block-scalar':
      return token.props;
    case 'alias':
    case 'scalar':
    case 'single-quoted-scalar':
    case 'double-quoted-scalar':
    case 'doc-end':
      return token.end ?? [];
    default:
      return [];
  }
}

function partsOf({ start, key, sep, value }: CST.CollectionItem): CST.Token[] {
  return [...start, ...present(key), ...(sep ?? []), ...present(value)];
}

function present(token: CST.Token | null | undefined): CST.Token[] {
  return token ? [token] : [];
}
