import table from '../../postgresql/providers.json' with { type: 'json' };

/** Who runs servers for others: what is different there, with where it is said. docs/external.md shows it. */
export interface Provider {
  readonly name: string;
  /** What the names of its hosts match, and those that lead to a pooler. */
  readonly hosts: string;
  readonly pooler?: string;
  readonly admin: string;
  /** The authorities that sign its servers' certificates, or where to find them. */
  readonly authorities: string;
  readonly sources: readonly string[];
}

export const PROVIDERS: readonly Provider[] = table;

/** Whose host it is, by its name; undefined for any other. */
export function providerOf(host: string): Provider | undefined {
  return PROVIDERS.find(({ hosts }) => new RegExp(hosts).test(host));
}

/** Whether a host is one of the provider's poolers, which give each transaction another session. */
export function isPooler(host: string): boolean {
  const pooler = providerOf(host)?.pooler;
  return pooler !== undefined && new RegExp(pooler).test(host);
}
