import { relative } from 'node:path';
import type { Reporter, TestCase, TestModule } from 'vitest/node';
import { PROJECT } from './folders.ts';

const EVERY = 30_000;

interface Running {
  readonly started: number;
  finished: number;
}

/** Where nobody sees a live summary, tells twice a minute which files are under way: some take minutes. */
export default class Progress implements Reporter {
  private readonly running = new Map<TestModule, Running>();
  private timer: NodeJS.Timeout | undefined;

  onTestRunStart(): void {
    if (!process.stdout.isTTY) this.timer = setInterval(() => this.tell(), EVERY).unref();
  }

  onTestModuleStart(module: TestModule): void {
    this.running.set(module, { started: performance.now(), finished: 0 });
  }

  onTestCaseResult({ module }: TestCase): void {
    const running = this.running.get(module);
    if (running) running.finished += 1;
  }

  onTestModuleEnd(module: TestModule): void {
    this.running.delete(module);
  }

  onTestRunEnd(): void {
    clearInterval(this.timer);
  }

  private tell(): void {
    const lines = [...this.running].map(([module, { started, finished }]) => {
      const tests = [...module.children.allTests()].length;
      const seconds = Math.round((performance.now() - started) / 1000);
      return `${relative(PROJECT, module.moduleId)}: ${finished} of ${tests} tests, ${seconds} s`;
    });
    if (lines.length > 0) console.log(`under way: ${lines.join('; ')}`);
  }
}
