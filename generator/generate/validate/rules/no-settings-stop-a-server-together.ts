import { isRecord } from '../../fields.ts';
import type { CompleteValues } from '../contract.ts';
import type { Finding } from '../finding.ts';
import { effectiveSettings, pathOf, type Effective } from '../given-settings.ts';
import type { Rule } from '../rule.ts';

/** No settings that PostgreSQL takes one by one keep the server from starting when they come together. */
export const rule: Rule = ({ values, budget }) => {
  const settings = effectiveSettings(values);
  const { needed, available } = budget.connections;
  return [
    ...minimalLog(settings),
    ...reservedConnections(settings, needed, available),
    ...transportSecurity(settings),
    ...hugePages(settings, values),
    ...ioUring(settings, values),
    ...statistics(settings),
    ...recoveryTargets(settings),
  ];
};

/** Findings at one setting when something stops the server; none otherwise. */
function when(isSo: boolean, name: string, message: string, hint: string): Finding[] {
  return isSo ? [{ path: pathOf(name), message, hint }] : [];
}

/** PostmasterMain in PostgreSQL's source. */
function minimalLog(settings: Effective): Finding[] {
  if (settings.text('wal_level', 'replica').toLowerCase() !== 'minimal') return [];
  const senders = settings.number('max_wal_senders', 10);
  const hint = 'Set wal_level to replica, or turn the other off.';
  const archives = !['off', 'false', 'no', '0'].includes(settings.text('archive_mode', 'off').toLowerCase());
  return [
    ...when(senders > 0, 'wal_level', `"minimal" does not go with max_wal_senders, which is ${senders}`, hint),
    ...when(archives, 'wal_level', '"minimal" does not go with archive_mode', hint),
    ...when(settings.isOn('summarize_wal', false), 'wal_level', '"minimal" does not go with summarize_wal', hint),
  ];
}

/** What is set aside is missing to the services. PostgreSQL itself only wants one connection to be left. */
function reservedConnections(settings: Effective, needed: number, available: number): Finding[] {
  const reserved = settings.number('reserved_connections', 0);
  const message = `${reserved} are set aside for nobody: the others need ${needed}, and the server accepts ${available}`;
  const isTooMuch = reserved > 0 && needed + reserved >= available;
  return when(
    isTooMuch,
    'reserved_connections',
    message,
    `Raise postgresql.maxConnections above ${needed + reserved}, or take it out.`,
  );
}

const VERSIONS = ['', 'TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'].map((version) => version.toLowerCase());

function transportSecurity(settings: Effective): Finding[] {
  if (!settings.isOn('ssl', false)) return [];
  const isThere = (name: string): boolean => settings.text(name, '') !== '';
  const place = (name: string, usual: string): number => VERSIONS.indexOf(settings.text(name, usual).toLowerCase());
  const most = place('ssl_max_protocol_version', '');
  return [
    ...when(
      !isThere('ssl_cert_file') || !isThere('ssl_key_file'),
      'ssl',
      'no certificate is named; without one the server does not start',
      'Mount a Secret with extraVolumes, and set ssl_cert_file and ssl_key_file to its files.',
    ),
    ...when(
      most > 0 && most < place('ssl_min_protocol_version', 'TLSv1.2'),
      'ssl_max_protocol_version',
      'it is below ssl_min_protocol_version, which is TLSv1.2 unless it is set',
      'Lower the one or raise the other.',
    ),
  ];
}

/** A container gets no huge pages that its limits do not name. */
function hugePages(settings: Effective, { resources }: CompleteValues): Finding[] {
  const isForced = ['on', 'true', 'yes', '1'].includes(settings.text('huge_pages', 'try').toLowerCase());
  const isGiven = Object.keys(resources.limits).some((name) => name.startsWith('hugepages-'));
  const message = 'the container gets no huge pages, and a server that must have them does not start';
  return when(isForced && !isGiven, 'huge_pages', message, 'Set it to try, or set resources.limits.hugepages-2Mi.');
}

/** Container runtimes closed io_uring in their default profile (containerd 2.0, Docker 25). */
function ioUring(settings: Effective, { containerSecurityContext }: CompleteValues): Finding[] {
  const profile: unknown = new Map<string, unknown>(Object.entries(containerSecurityContext)).get('seccompProfile');
  const isClosed = isRecord(profile) && profile['type'] === 'RuntimeDefault';
  const message =
    '"io_uring" is what the default profile of container runtimes forbids, and the server does not start without it';
  const hint =
    'Take "worker", or set containerSecurityContext.seccompProfile and podSecurityContext.seccompProfile to a profile that allows it.';
  return when(isClosed && settings.text('io_method', 'worker').toLowerCase() === 'io_uring', 'io_method', message, hint);
}

/** check_log_stats in PostgreSQL's source. */
function statistics(settings: Effective): Finding[] {
  const parts = ['log_parser_stats', 'log_planner_stats', 'log_executor_stats'].filter((name) => settings.isOn(name, false));
  const isBoth = settings.isOn('log_statement_stats', false) && parts.length > 0;
  return when(isBoth, 'log_statement_stats', `it does not go with ${parts.join(', ')}`, 'Turn the one or the others off.');
}

function recoveryTargets(settings: Effective): Finding[] {
  const targets = ['', '_lsn', '_name', '_time', '_xid'].map((ending) => `recovery_target${ending}`);
  const given = targets.filter((name) => settings.text(name, '') !== '');
  const last = given.at(-1) ?? '';
  return when(given.length > 1, last, `a recovery has one target, and here are ${given.join(', ')}`, 'Leave one of them.');
}
