import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import LongestFirst from './test/tools/longest-first.ts';
import { SHARES } from './test/tools/sample.ts';

/** Clients of every language, fetched by their package managers: run by `npm run test:clients` alone. */
const CLIENTS = ['test/clients/**/*.test.ts'];

/** The chart on an API of Kubernetes, which takes a cluster or a long build: run by `npm run test:cluster` alone. */
const CLUSTER = ['test/cluster/**/*.test.ts'];

/** What is run while one works: no program beside this one, neither Helm nor a server. */
const QUICK = ['test/{unit,guard,cases}/**/*.test.ts'];

/** The folders whose tests start servers; what each project needs is fetched by test/tools/setup.ts. */
const WITH_SERVERS = ['test/{postgres,attacks,fuzz,laptop}/**/*.test.ts'];

function projectOf(
  name: string,
  files: { include: string[]; exclude?: string[]; setupFiles?: string[] },
): TestProjectInlineConfiguration {
  return { extends: true, test: { name, ...files } };
}

export default defineConfig({
  test: {
    projects: [
      projectOf('quick', { include: QUICK }),
      projectOf('helm', { include: ['test/**/*.test.ts'], exclude: [...QUICK, ...WITH_SERVERS, ...CLIENTS, ...CLUSTER] }),
      projectOf('server', { include: WITH_SERVERS, setupFiles: ['test/tools/end-of-file.ts'] }),
      projectOf('clients', { include: CLIENTS }),
      projectOf('cluster', { include: CLUSTER }),
    ],
    // Loading the generator anew for each file, and compiling the contract, takes longer than most of them.
    isolate: false,
    runner: './test/tools/runner.ts',
    globalSetup: ['test/tools/setup.ts'],
    reporters: ['default', './test/tools/progress.ts', './test/tools/counts.ts'],
    tags: Object.keys(SHARES).map((name) => ({ name, description: `of these npm test tries a ${name}, another each day` })),
    sequence: { sequencer: LongestFirst },
    // Of five thousand tests on a machine that others use one may meet a moment that is nobody's fault: it is told by its name at the end, and keeps nothing from landing.
    retry: process.env['VERSIONS'] === 'every' ? 1 : 0,
    testTimeout: 120_000,
    hookTimeout: 300_000,
    // What is asked again and again is mostly a server, in a session of its own; and a second, the usual patience, is nothing on a busy machine.
    expect: { poll: { interval: 200, timeout: 30_000 } },
    // Twice the two cores: tests of servers wait for most of their time.
    maxWorkers: 4,
    maxConcurrency: 4,
  },
});
