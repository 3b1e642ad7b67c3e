import { formatPath } from '../../problem.ts';
import type { CompleteValues } from '../contract.ts';
import type { Finding } from '../finding.ts';
import { listSecrets } from '../names.ts';
import { ownLogins } from '../platform-logins.ts';
import type { Rule } from '../rule.ts';
import { givesCertificate } from '../tls.ts';

/** No Secret of a login and no Service has a name that the chart, or Helm itself, gives to another. */
export const rule: Rule = ({ values, names }) => {
  const isAdminSecret = endsLikeTheChart(values, 'secret', 'admin');
  const isArchiveSecret = endsLikeTheChart(values, 'archive');
  const isHeadless = endsLikeTheChart(values, 'headless');
  const isPlatformSecret = endsLikeTheChart(values, ...ownLogins(values).map(({ name }) => `${name}-login`));
  const isServerSecret = endsLikeTheChart(values, 'tls');
  const ofLogins = listSecrets(values, names).filter(({ claim }) => claim !== 'admin');
  return [
    ...ofLogins.filter(({ text }) => isAdminSecret(text)).map(({ path, text }) => findingOf(path, text, "the admin's Secret")),
    ...(values.backup.pointInTime.enabled
      ? ofLogins
          .filter(({ text }) => isArchiveSecret(text))
          .map(({ path, text }) => findingOf(path, text, "the archive's Secret"))
      : []),
    ...ofLogins
      .filter(({ text }) => isPlatformSecret(text))
      .map(({ path, text }) => findingOf(path, text, 'the Secret of a login of the platform')),
    ...(givesCertificate(values)
      ? ofLogins
          .filter(({ claim, text }) => claim !== 'certificate' && isServerSecret(text))
          .map(({ path, text }) => findingOf(path, text, "the Secret with the server's certificate"))
      : []),
    ...ofLogins.filter(({ text }) => isOfHelm(text)).map(({ path, text }) => findingOf(path, text, "one of Helm's own Secrets")),
    ...(isHeadless(values.service.name)
      ? [findingOf(['service', 'name'], values.service.name, 'the Service that the StatefulSet needs for itself')]
      : []),
  ];
};

/** Whether a name is the chart's with one of these endings: for the release that the README installs, for others, or as values.yaml says. */
function endsLikeTheChart({ fullnameOverride }: CompleteValues, ...endings: string[]): (name: string) => boolean {
  const names = new Set(endings.flatMap((each) => [`shared-postgresql-${each}`, `${fullnameOverride}-${each}`]));
  return (name) => names.has(name) || endings.some((each) => name.endsWith(`-shared-postgresql-${each}`));
}

/** Where Helm 3 and 4 keep releases. */
function isOfHelm(name: string): boolean {
  return name.startsWith('sh.helm.release.');
}

function findingOf(path: Finding['path'], name: string, what: string): Finding {
  return {
    path,
    message: `"${name}" is what ${what} is called`,
    hint: `Set ${formatPath(path)} to another name.`,
  };
}
