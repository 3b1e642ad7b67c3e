import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/tools/setup.ts'],
    reporters: ['default', './test/tools/counts.ts'],
    testTimeout: 120_000,
    hookTimeout: 300_000,
    // Two cores: a server and its tests beside the rest.
    maxWorkers: 2,
  },
});
