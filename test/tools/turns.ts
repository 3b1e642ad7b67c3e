/**
 * The test files whose tests build on each other, or are few, and take long: of these groups, of about the same work each, a day's `npm test` runs one.
 * Whose tests stand for themselves is tagged with a share instead (sample.ts), and has some of them tried every day.
 */
export const TURNS: readonly (readonly string[])[] = [
  ['postgres/move', 'postgres/roles', 'postgres/trial', 'helm/signed'],
  ['postgres/incremental', 'laptop/archive', 'postgres/import', 'helm/keyless', 'commands/built'],
  ['laptop/init', 'laptop/report', 'postgres/drill', 'postgres/move-external', 'helm/publish'],
  ['laptop/dev', 'postgres/upgrade', 'postgres/former-backups', 'commands/remembered'],
  ['postgres/drift', 'postgres/same-lines', 'postgres/placed-extensions', 'postgres/extension-scripts', 'postgres/upgrade-pairs'],
];

/** Whether the file has its turn on another day. */
export function hasItsTurnLater(file: string, day: number): boolean {
  const turn = TURNS.findIndex((group) => group.some((name) => file.endsWith(`/${name}.test.ts`)));
  return turn !== -1 && turn !== day % TURNS.length;
}
