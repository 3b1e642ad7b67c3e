import type { CompleteValues } from './contract.ts';
import { engineOf, type EngineValues } from './engine.ts';

/** Whether the server speaks TLS. */
export function speaksTls(values: EngineValues): boolean {
  return engineOf(values).speaksTls;
}

/** Whether the deployment gives the server its certificate. */
export function givesCertificate(values: EngineValues): boolean {
  const { isOurs, speaksTls: isSpoken } = engineOf(values);
  return isOurs && isSpoken;
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

type AuthorityValues = EngineValues & Pick<CompleteValues, 'connections'>;

/** What the values say of the authority; undefined when the server speaks no TLS, or when nobody named its authority. */
export function authorityOf(values: AuthorityValues): Authority | undefined {
  const { tls, connections, fullnameOverride } = values;
  const { isOurs, authoritySecret } = engineOf(values);
  if (!speaksTls(values) || (!isOurs && authoritySecret === '')) return undefined;
  const file = connections.authorityFile;
  if (!isOurs) return { secretName: authoritySecret, serverSecret: authoritySecret, file, issues: false };
  const serverSecret = tls.secretName || `${fullnameOverride || 'shared-postgresql'}-tls`;
  const secretName = tls.mode === 'generated' ? undefined : serverSecret;
  return { secretName, serverSecret, file, issues: tls.issueClientCertificates };
}
