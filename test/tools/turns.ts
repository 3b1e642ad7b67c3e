/**
 * The test files whose tests build on each other, or are few, and take long: of these groups, of about the same work each, a day's `npm test` runs one.
 * Whose tests stand for themselves is tagged with a share instead (sample.ts), and has some of them tried every day.
 */
export const TURNS: readonly (readonly string[])[] = [
  ['postgres/move'],
  ['postgres/upgrade'],
  ['laptop/dev'],
  ['postgres/drift', 'postgres/trial'],
  ['postgres/incremental', 'helm/keyless'],
  ['laptop/archive', 'laptop/report'],
  ['postgres/placed-extensions', 'postgres/extension-scripts', 'postgres/upgrade-cut'],
  ['postgres/same-lines', 'laptop/surroundings'],
  ['postgres/import', 'postgres/former-backups', 'commands/built'],
  ['laptop/init', 'postgres/move-external', 'postgres/external-restore'],
  ['commands/remembered', 'postgres/drill', 'helm/signed'],
  ['postgres/full-volume', 'postgres/fair-nights', 'postgres/upgrade-pairs'],
  ['postgres/roles', 'postgres/upgrade-command', 'postgres/way-back', 'helm/publish'],
];

/** Whether the file has its turn on another day. */
export function hasItsTurnLater(file: string, day: number): boolean {
  const turn = TURNS.findIndex((group) => group.some((name) => file.endsWith(`/${name}.test.ts`)));
  return turn !== -1 && turn !== day % TURNS.length;
}
