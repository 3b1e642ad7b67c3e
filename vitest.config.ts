import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';

/** Tests of some folders, and what is fetched for them beforehand (test/tools/setup.ts). */
function projectOf(name: string, folders: readonly string[]): TestProjectInlineConfiguration {
  return { extends: true, test: { name, include: folders.map((folder) => `test/${folder}/**/*.test.ts`) } };
}

export default defineConfig({
  test: {
    projects: [projectOf('quick', ['unit', 'guard', 'cases', 'helm', 'yaml']), projectOf('server', ['postgres', 'attacks'])],
    globalSetup: ['test/tools/setup.ts'],
    reporters: ['default', './test/tools/counts.ts'],
    testTimeout: 120_000,
    hookTimeout: 300_000,
    // Two cores: a server and its tests beside the rest.
    maxWorkers: 2,
  },
});
