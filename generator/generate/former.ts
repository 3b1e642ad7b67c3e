import { isRecord } from './fields.ts';
import type { ChartFolder } from './read/chart.ts';

/** A service as a chart declared it. */
export interface FormerService {
  readonly name: string;
  readonly database: string;
  readonly user: string;
  /** The login roles beside the owner's. */
  readonly roles: readonly string[];
  /** The names of its schema files. */
  readonly files: readonly string[];
}

/** What a chart declared when it was generated last, as its desired.json says. */
export interface Former {
  readonly server: Readonly<Record<string, unknown>>;
  readonly services: readonly FormerService[];
  /** Of the platform's logins, by their credentials, how many times each was rotated. */
  readonly rotations: ReadonlyMap<string, number>;
}

/** What the chart that is there declared; undefined when it says nothing, and nothing is known of before. */
export function formerOf(chart: ChartFolder | undefined): Former | undefined {
  try {
    const data: unknown = JSON.parse(chart?.files.get('desired.json') ?? '');
    if (!isRecord(data) || !isRecord(data['server']) || !Array.isArray(data['services'])) return undefined;
    return { server: data['server'], services: data['services'].filter(isRecord).map(serviceOf), rotations: rotationsOf(data) };
  } catch {
    return undefined;
  }
}

function serviceOf(entry: Readonly<Record<string, unknown>>): FormerService {
  const roles = Array.isArray(entry['roles']) ? entry['roles'].filter(isRecord) : [];
  return {
    name: String(entry['name']),
    database: String(entry['database']),
    user: String(entry['user']),
    roles: roles.map(({ user }) => String(user)),
    files: isRecord(entry['lines']) ? Object.keys(entry['lines']) : [],
  };
}

function rotationsOf({ platformLogins }: Readonly<Record<string, unknown>>): ReadonlyMap<string, number> {
  const logins = Array.isArray(platformLogins) ? platformLogins.filter(isRecord) : [];
  return new Map(logins.map(({ name, rotation }) => [String(name), typeof rotation === 'number' ? rotation : 0]));
}
