/** Words that stand for a schedule, and how many days lie between two of its runs at most; all others come every day at least. */
const WORDS: Readonly<Record<string, number>> = { '@yearly': 366, '@annually': 366, '@monthly': 31, '@weekly': 7 };

const DAY = 86_400_000;

/** Whether a CronJob should have run to a good end once more, a day ago or earlier, since it last did or was made. */
export function isLate(schedule: string, since: string, now: Date): boolean {
  return now.getTime() - Date.parse(since) > (daysBetween(schedule) + 1) * DAY;
}

/** How many days lie between two runs at most: what names months or days comes once in each at least. */
function daysBetween(schedule: string): number {
  const [hours] = /^@every (\d+)h/.exec(schedule)?.slice(1) ?? [];
  if (hours !== undefined) return Number(hours) / 24;
  const [, , day = '*', month = '*', weekday = '*'] = schedule.split(/ +/);
  const names = (field: string): boolean => !/^[*?]$/.test(field);
  if (names(month)) return 366;
  if (names(weekday)) return 7;
  return names(day) ? 31 : (WORDS[schedule] ?? 1);
}
