import type { CompleteValues } from './contract.ts';

/** Whether the server speaks TLS. To YAML, off is false. */
export function speaksTls({ tls }: Pick<CompleteValues, 'tls'>): boolean {
  return tls.mode !== 'off' && tls.mode !== false;
}

/** What proves to a client which server it has. */
export interface Authority {
  /** The Secret with ca.crt, where those of the logins have none. */
  readonly secretName?: string;
  /** The server's Secret, which has it in any mode. */
  readonly serverSecret: string;
  /** Where it is mounted. */
  readonly file: string;
  /** Whether the chart makes the Secrets of the logins' certificates. */
  readonly issues: boolean;
}

/** What the values say of the authority; undefined when the server speaks no TLS. */
export function authorityOf(values: Pick<CompleteValues, 'tls' | 'connections' | 'fullnameOverride'>): Authority | undefined {
  const { tls, connections, fullnameOverride } = values;
  if (!speaksTls(values)) return undefined;
  const serverSecret = tls.secretName || `${fullnameOverride || 'shared-postgresql'}-tls`;
  const secretName = tls.mode === 'generated' ? undefined : serverSecret;
  return { secretName, serverSecret, file: connections.authorityFile, issues: tls.issueClientCertificates };
}
