/** What a run tells of each statement that it runs, and of passwords: the cluster's log keeps it, a person at work reads past it. */
const STATEMENT = / {2}-- |: set the password of /;

/** What of a run is for a person, line by line: schema files, what went wrong, what is reported, and the count. */
export function isWorthTelling(line: string): boolean {
  return !STATEMENT.test(line) || /^(reported|retained): /.test(line);
}
