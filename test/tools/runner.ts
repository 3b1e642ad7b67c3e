import { TestRunner, type RunnerTask, type RunnerTestCase, type RunnerTestFile, type RunnerTestSuite } from 'vitest';
import { testsOf, twinsIn } from './twins.ts';

declare module 'vitest' {
  interface TaskMeta {
    /** Whether the same is tried on another major, or by another Helm, and no more was asked for. */
    isLeft?: boolean;
  }
}

/** Leaves out what is tried on one major of PostgreSQL, or by one Helm, already, unless VERSIONS is `every`. */
export default class EachOnce extends TestRunner {
  onCollected(files: RunnerTestFile[]): void {
    if (process.env['VERSIONS'] === 'every') return;
    for (const file of files) {
      for (const test of twinsIn<RunnerTestCase>(file, this.config.name ?? '')) {
        Object.assign(test, { mode: 'skip', result: { state: 'skip' } });
        test.meta.isLeft = true;
      }
      file.tasks.forEach(beginNothingFor);
    }
  }
}

/** A suite of which nothing is run needs no server. */
function beginNothingFor(task: RunnerTask): void {
  if (task.type !== 'suite') return;
  if (testsOf(task).length === 0) forgetHooks(task);
  task.tasks.forEach(beginNothingFor);
}

function forgetHooks(suite: RunnerTestSuite): void {
  const { beforeAll, afterAll } = TestRunner.getSuiteHooks(suite);
  for (const hooks of [beforeAll, afterAll]) hooks.length = 0;
}
