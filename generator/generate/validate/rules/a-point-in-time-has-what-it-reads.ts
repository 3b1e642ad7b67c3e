import { effectiveSettings, pathOf } from '../given-settings.ts';
import type { Rule } from '../rule.ts';

/** With backup.pointInTime there are backups at all, and the server hands its write-ahead log on. */
export const rule: Rule = ({ values }) => {
  if (!values.backup.pointInTime.enabled) return [];
  const settings = effectiveSettings(values);
  return [...withoutSchedule(values.backup.schedule), ...NEEDED.flatMap((needed) => withoutSenders(settings, needed))];
};

function withoutSchedule(schedule: string) {
  if (schedule !== '') return [];
  const message = 'base backups are made with the others, and backup.schedule says that none are made';
  return [{ path: ['backup', 'pointInTime', 'enabled'], message, hint: 'Set backup.schedule, for example to "17 2 * * *".' }];
}

/** One sender for the log and one for a base backup, with room for a session that the server has not missed yet. */
const NEEDED = [
  { name: 'max_wal_senders', usual: 10, least: 3 },
  { name: 'max_replication_slots', usual: 10, least: 1 },
] as const;

function withoutSenders(settings: ReturnType<typeof effectiveSettings>, { name, usual, least }: (typeof NEEDED)[number]) {
  const value = settings.number(name, usual);
  if (value >= least) return [];
  const message = `${value} are too few to receive the write-ahead log, which backup.pointInTime does`;
  return [{ path: pathOf(name), message, hint: `Set it to at least ${least}, or take it out.` }];
}
