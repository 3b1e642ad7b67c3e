import type { Rule } from '../rule.ts';

/** The chart issues certificates of logins only with an authority of its own, which it has with tls.mode generated. */
export const rule: Rule = ({ values: { tls } }) =>
  tls.issueClientCertificates && (tls.mode !== 'generated' || tls.clientAuthority !== '')
    ? [
        {
          path: ['tls', 'issueClientCertificates'],
          message: 'the chart has no authority to sign with',
          hint: 'Set tls.mode to generated and leave tls.clientAuthority empty, or bring the Secrets that clientCertificate names yourself.',
        },
      ]
    : [];
