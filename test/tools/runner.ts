import {
  TestRunner,
  type TaskMeta,
  type RunnerTask,
  type RunnerTestCase,
  type RunnerTestFile,
  type RunnerTestSuite,
} from 'vitest';
import { CHANGED, DAY, leftToOtherDays } from './sample.ts';
import { hasItsTurnLater } from './turns.ts';
import { testsOf, twinsIn } from './twins.ts';

declare module 'vitest' {
  interface TaskMeta {
    /** Whether the same is tried on another major, or by another Helm, and no more was asked for. */
    isLeft?: boolean;
    /** Whether it has its turn on another day, and no more was asked for. */
    isOfAnotherDay?: boolean;
  }
}

/**
 * Leaves out what is tried on one major of PostgreSQL, or by one Helm, already, and, if SAMPLED is set, what other days try; nothing when VERSIONS
 * is `every`.
 */
export default class Sampling extends TestRunner {
  onCollected(files: RunnerTestFile[]): void {
    if (process.env['VERSIONS'] === 'every') return;
    for (const file of files) {
      for (const test of twinsIn<RunnerTestCase>(file, this.config.name ?? '')) leave(test, { isLeft: true });
      if (isSampled(file)) for (const test of othersOf(file, Number(process.env[DAY]))) leave(test, { isOfAnotherDay: true });
      beginNothingFor(file);
    }
  }
}

/** Whoever changed a file wants all of it tried. */
function isSampled({ name }: RunnerTestFile): boolean {
  return process.env['SAMPLED'] !== undefined && !(process.env[CHANGED] ?? '').split('\n').includes(name);
}

/** What other days try of a file. */
function othersOf(file: RunnerTestFile, day: number): RunnerTestCase[] {
  return hasItsTurnLater(file.name, day) ? testsOf<RunnerTestCase>(file) : leftToOtherDays<RunnerTestCase>(file, day);
}

function leave(test: RunnerTestCase, why: TaskMeta): void {
  Object.assign(test, { mode: 'skip', result: { state: 'skip' } });
  Object.assign(test.meta, why);
}

/** A file or a suite of which nothing is run needs no server. */
function beginNothingFor(task: RunnerTask): void {
  if (task.type !== 'suite') return;
  if (testsOf(task).length === 0) forgetHooks(task);
  task.tasks.forEach(beginNothingFor);
}

function forgetHooks(suite: RunnerTestSuite): void {
  const { beforeAll, afterAll } = TestRunner.getSuiteHooks(suite);
  for (const hooks of [beforeAll, afterAll]) hooks.length = 0;
}
