/** What it means that a connection did not come about, by the system's name of the error (errno.h, getaddrinfo). */
const BY_CODE: Readonly<Record<string, string>> = {
  ECONNREFUSED:
    'nothing listens there; look at host and port, and whether the server and, from outside a cluster, `kubectl port-forward` run',
  ECONNRESET: 'the connection was cut; a `kubectl port-forward` whose pod is gone does that, and so does what is no PostgreSQL',
  EAI_AGAIN: 'the name of the host could not be looked up; look at the network, or whether the name is right',
  EHOSTUNREACH: 'no way leads to that host; look at host and network',
  ENETUNREACH: 'no way leads to that host; look at host and network',
  ENOTFOUND:
    'there is no host of this name; names of Services hold inside the cluster alone: `kubectl port-forward` and localhost do from outside',
  ETIMEDOUT: 'nobody answers there; look at host, port and firewalls',
};

/** The same by what the driver says itself. */
const BY_WORDS: readonly (readonly [words: string, meaning: string])[] = [
  [
    'client password must be a string',
    'it asks for a password, and none is given; set PGPASSWORD, or write it into the URL behind the user',
  ],
  ['does not support SSL', 'it has no TLS; leave sslmode out of the URL, or PGSSLMODE out of the environment'],
  ['received invalid response', 'what listens there is no PostgreSQL; look at host and port'],
];

/** Whether an error of this code tells that nobody was reached at all. */
export const isUnreached = (code: string | undefined): boolean => Object.hasOwn(BY_CODE, code ?? '');

/** Why a server was not reached, and what to do, if the error tells. */
export function explainUnreached(code: string | undefined, said: string): string | undefined {
  const meaning = BY_CODE[code ?? ''] ?? BY_WORDS.find(([words]) => said.includes(words))?.[1];
  return meaning === undefined ? undefined : `server: ${meaning}`;
}
