import { relative } from 'node:path';
import type { Reporter, TestCase, TestModule } from 'vitest/node';
import { PROJECT } from './folders.ts';
import { DAY } from './sample.ts';

/** Prints what was skipped with the reason, and the counts alone on the last line, where anything that reads the output finds them. */
export default class Counts implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const left = tests.filter((test) => test.meta().isLeft).length;
    const ofOtherDays = tests.filter((test) => test.meta().isOfAnotherDay).length;
    const places = tests.reduce((sum, test) => sum + (test.meta().placesLeft ?? 0), 0);
    const count = (state: string): number => tests.filter((test) => test.result().state === state).length;
    const broken = modules.filter(
      (module) => module.state() === 'failed' && [...module.children.allTests('failed')].length === 0,
    ).length;
    process.on('exit', () => {
      for (const line of tests.flatMap(skippedLine)) console.log(line);
      for (const test of tests.filter((each) => each.diagnostic()?.flaky === true))
        console.log(
          `at the second try alone, which is a fault to look into: ${relative(PROJECT, test.module.moduleId)}: ${test.fullName}`,
        );
      if (left > 0)
        console.log(`left to npm run test:every: ${left} tests of what was tried on one PostgreSQL, or by one Helm, here`);
      if (places + ofOtherDays > 0)
        console.log(
          `left to other days, and to npm run test:every: ${ofOtherDays} tests, and ${places} places of sweeps; ${DAY}=${process.env[DAY] ?? ''} tries those of this run again`,
        );
      console.log(
        `${count('passed')} passed, ${count('failed') + broken} failed, ${count('skipped') - left - ofOtherDays} skipped`,
      );
    });
  }
}

function skippedLine(test: TestCase): string[] {
  const result = test.result();
  // Without a reason it is outside of what this run was asked for: eslint lets no other be skipped so.
  if (result.state !== 'skipped' || result.note === undefined) return [];
  return [`skipped: ${relative(PROJECT, test.module.moduleId)}: ${test.fullName}: ${result.note}`];
}
