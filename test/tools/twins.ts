/** What is known of a test before it runs. */
export interface Tried {
  readonly type: 'test';
  readonly name: string;
  readonly fullName: string;
  readonly mode: string;
  readonly tags?: readonly string[];
}

export interface Group<Test extends Tried> {
  readonly type: 'suite';
  readonly name: string;
  readonly fullName: string;
  readonly tasks: readonly (Group<Test> | Test)[];
}

/** What is in the names of tests that try the same again, on another major or by another Helm, by the project. */
const VERSIONS: Readonly<Record<string, RegExp>> = { helm: /\bHelm \d+/, server: /\bPostgreSQL \d+/ };

/**
 * The tests of a file that try on another major of PostgreSQL, or by another Helm, what others of it try. Of such twins those are kept that stand
 * among most tests, as what is tried on one major alone begins there; where they have as many, the length of the file's name decides, so that
 * all versions have their share.
 */
export function twinsIn<Test extends Tried>(file: Group<Test>, project: string): Test[] {
  const version = VERSIONS[project];
  return version ? twinsAmong(file.tasks, version, file.name.length) : [];
}

function twinsAmong<Test extends Tried>(tasks: readonly (Group<Test> | Test)[], version: RegExp, turn: number): Test[] {
  const versioned = tasks.filter(({ name }) => version.test(name));
  const names = new Set(versioned.map(({ name }) => name.replace(version, '')));
  const within = tasks.filter((task) => !versioned.includes(task)).filter((task) => task.type === 'suite');
  return [
    ...within.flatMap((group) => twinsAmong(group.tasks, version, turn)),
    ...[...names].flatMap((name) =>
      allButOne(
        versioned.filter((task) => task.name.replace(version, '') === name),
        turn,
      ),
    ),
  ];
}

function allButOne<Test extends Tried>(twins: readonly (Group<Test> | Test)[], turn: number): Test[] {
  const most = Math.max(...twins.map((twin) => testsOf(twin).length));
  const largest = twins.filter((twin) => testsOf(twin).length === most);
  const kept = largest[turn % largest.length];
  const tried = new Set(kept && testsOf(kept).map((test) => nameIn(kept, test)));
  return twins.filter((twin) => twin !== kept).flatMap((twin) => testsOf(twin).filter((test) => tried.has(nameIn(twin, test))));
}

/** Those that would run. */
export function testsOf<Test extends Tried>(task: Group<Test> | Test): Test[] {
  if (task.type === 'suite') return task.tasks.flatMap(testsOf);
  return task.mode === 'run' ? [task] : [];
}

/** What a test is called within its suite, or nothing for what is no suite. */
const nameIn = (suite: { readonly fullName: string }, { fullName }: Tried): string => fullName.slice(suite.fullName.length);
