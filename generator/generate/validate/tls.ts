import type { CompleteValues } from './contract.ts';

/** Whether the server speaks TLS. To YAML, off is false. */
export function speaksTls({ tls }: Pick<CompleteValues, 'tls'>): boolean {
  return tls.mode !== 'off' && tls.mode !== false;
}
