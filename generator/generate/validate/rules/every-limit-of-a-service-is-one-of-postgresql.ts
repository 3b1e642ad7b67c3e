import type { ServiceValues } from '../../../../schema/values.types.ts';
import type { Path } from '../../problem.ts';
import type { Complete } from '../contract.ts';
import type { Finding } from '../finding.ts';
import { majorOf } from '../image.ts';
import type { Rule } from '../rule.ts';
import { misfitOf } from '../setting-values.ts';
import { settingOf } from '../settings.ts';

/** The time-outs, workMem and tempFileLimit of a service are values that PostgreSQL takes for the settings that they become. */
export const rule: Rule = ({ values }) =>
  Object.entries(values.services).flatMap(([service, entry]) =>
    limitsOf(entry).flatMap((limit) => findingsOf(['services', service, ...limit.path], limit, majorOf(values))),
  );

interface Limit {
  readonly path: Path;
  readonly setting: string;
  readonly text: string;
}

function limitsOf({ timeouts, tempFileLimit, workMem }: Complete<ServiceValues>): Limit[] {
  return [
    { path: ['timeouts', 'statement'], setting: 'statement_timeout', text: timeouts.statement },
    { path: ['timeouts', 'lock'], setting: 'lock_timeout', text: timeouts.lock },
    { path: ['timeouts', 'idleInTransaction'], setting: 'idle_in_transaction_session_timeout', text: timeouts.idleInTransaction },
    { path: ['tempFileLimit'], setting: 'temp_file_limit', text: tempFileLimit },
    ...(workMem === '' ? [] : [{ path: ['workMem'], setting: 'work_mem', text: workMem }]),
  ];
}

function findingsOf(path: Path, { setting: name, text }: Limit, major: number): Finding[] {
  const setting = settingOf(name, major);
  const allowed = setting === undefined ? undefined : misfitOf(setting, text);
  if (allowed === undefined) return [];
  return [{ path, message: `"${text}" is not a value that ${name} takes; it must be ${allowed}` }];
}
