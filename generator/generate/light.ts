import type { Model } from './model.ts';

/** What of a deployment tells what its release can do without. */
export interface Deployed {
  readonly backup: Pick<Model['backup'], 'isScheduled'>;
  readonly engine: Pick<Model['engine'], 'folder'>;
  readonly upgrades: boolean;
  readonly deploysSecrets: boolean;
}

/** What every revision of a release would hold, and nothing reads there: people have read the one, and the values were held against the others. */
const READ_BEFORE = [
  'README.md',
  'values.schema.json',
  'known-settings.json',
  ...[
    'engines/pod/settings',
    'engines/pod/mounts',
    'engines/pod/majors',
    'requests',
    'schedule',
    'spread',
    'root',
    'structure',
    'connections/kept',
  ].map((rule) => `templates/${rule}.yaml`),
];

/** What renders Secrets alone, or is read for them, which another rendering has where `deploy` keeps them. */
const OF_SECRETS = [
  /^templates\/services\/[^_]/,
  /^templates\/(?:_services\.tpl|platform\/logins\.yaml|tls\/secret\.yaml|tls\/_client-certificates\.tpl)$/,
  /^templates\/connections\/_(?:forms|external-secret)\.tpl$/,
  /^templates\/engines\/[^/]+\/admin-secret\.yaml$/,
  /^connections\//,
];

/** What belongs to one engine, and to which. */
const OF_AN_ENGINE = /^(?:templates\/)?engines\/([^/]+)\//;

/** Whether a file of the chart renders nothing there, so that `deploy` leaves it out of what it installs. */
export function isIdle(path: string, { backup, engine, upgrades, deploysSecrets }: Deployed): boolean {
  if (deploysSecrets && OF_SECRETS.some((each) => each.test(path))) return true;
  const idle = [
    ...READ_BEFORE,
    ...(backup.isScheduled ? [] : ['templates/backup']),
    // An upgrade dumps and restores as a night does.
    ...(backup.isScheduled || upgrades ? [] : ['backup']),
    ...(upgrades ? [] : ['upgrade', 'templates/engines/pod/upgrade.yaml']),
  ];
  const folder = OF_AN_ENGINE.exec(path)?.[1] ?? engine.folder;
  return folder !== engine.folder || idle.some((each) => path === each || path.startsWith(`${each}/`));
}

/** A template without what it says to its readers alone, up to what ends a comment, which trims what stands behind. */
export function withoutComments(template: string): string {
  return template.replace(/(\{\{(?:- )?)\/\*[^]*?\*\/(?=(?: -)?\}\})/g, '$1/**/');
}
