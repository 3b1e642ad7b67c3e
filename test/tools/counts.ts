import type { Reporter, TestModule } from 'vitest/node';

/** Prints the counts alone on the last line, where anything that reads the output finds them. */
export default class Counts implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const states = modules.flatMap((module) => [...module.children.allTests()].map((test) => test.result().state));
    const count = (state: string): number => states.filter((found) => found === state).length;
    const broken = modules.filter(
      (module) => module.state() === 'failed' && [...module.children.allTests('failed')].length === 0,
    ).length;
    process.on('exit', () => {
      console.log(`${count('passed')} passed, ${count('failed') + broken} failed, ${count('skipped')} skipped`);
    });
  }
}
