/**
 * The test files whose tests build on each other, or are few, and take long: of these groups, of about the same work each, a day's `npm test` runs one.
 * Whose tests stand for themselves is tagged with a share instead (sample.ts), and has some of them tried every day.
 */
export const TURNS: readonly (readonly string[])[] = [
  ['postgres/move', 'postgres/roles'],
  ['postgres/upgrade', 'postgres/upgrade-command', 'postgres/way-back', 'helm/signed'],
  ['laptop/dev', 'postgres/drift', 'postgres/trial'],
  ['postgres/incremental', 'laptop/archive', 'laptop/report', 'helm/keyless'],
  ['postgres/placed-extensions', 'postgres/extension-scripts', 'postgres/same-lines', 'laptop/surroundings'],
  ['postgres/import', 'laptop/init', 'postgres/move-external', 'postgres/former-backups', 'commands/built'],
  [
    'commands/remembered',
    'postgres/drill',
    'postgres/full-volume',
    'postgres/fair-nights',
    'postgres/upgrade-pairs',
    'helm/publish',
  ],
];

/** Whether the file has its turn on another day. */
export function hasItsTurnLater(file: string, day: number): boolean {
  const turn = TURNS.findIndex((group) => group.some((name) => file.endsWith(`/${name}.test.ts`)));
  return turn !== -1 && turn !== day % TURNS.length;
}
