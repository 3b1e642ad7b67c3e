import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseDocument } from 'yaml';
import { command } from '../../generator/commands/release.ts';
import { isRecord, valueAt } from '../../generator/generate/fields.ts';
import { PROJECT } from '../tools/folders.ts';

const PACKAGE: unknown = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8'));

/* What a forge does is what everybody does: the same script, the same command, and no more rights than that needs. */
const FOLDER = join(PROJECT, '.github/workflows');
const workflows = readdirSync(FOLDER).map((file): [string, unknown] => {
  const document = parseDocument(readFileSync(join(FOLDER, file), 'utf8'), { strict: true, uniqueKeys: true });
  expect(document.errors).toEqual([]);
  return [file, document.toJS()];
});

const jobsOf = (workflow: unknown): unknown[] => {
  const jobs = valueAt(workflow, ['jobs']);
  return isRecord(jobs) ? Object.values(jobs) : [];
};

function stepsOf(workflow: unknown): unknown[] {
  return jobsOf(workflow).flatMap((job) => valueAt(job, ['steps']) ?? []);
}

/** What the steps do in this field: those that have it. */
const textsOf = (workflow: unknown, field: 'uses' | 'run'): string[] =>
  stepsOf(workflow).flatMap((step) => (isRecord(step) && field in step ? [String(step[field])] : []));

/** What a workflow may do beside reading the repository: npm and Sigstore are told by the forge who publishes, and neither token nor key is kept. */
const GRANTED: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  'npm.yaml': [['id-token', 'write']],
  'release.yaml': [['id-token', 'write']],
};

describe.each(workflows)('%s', (file, workflow) => {
  test('names every action by its commit', () => {
    expect(textsOf(workflow, 'uses').length).toBeGreaterThan(0);
    for (const action of textsOf(workflow, 'uses')) expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
  });

  test('runs .ci/run, which decides anywhere', () => {
    expect(textsOf(workflow, 'run')).toContain('.ci/run');
  });

  test('may read the repository, and no more', () => {
    const rights = [valueAt(workflow, ['permissions']), ...jobsOf(workflow).map((job) => valueAt(job, ['permissions']))];
    expect(rights[0]).toBeDefined();
    const granted = rights.flatMap((each) => (isRecord(each) ? Object.entries(each) : []));
    expect(granted.filter(([, right]) => right !== 'read')).toEqual(GRANTED[file] ?? []);
  });

  test('leaves no token behind, and has an end', () => {
    for (const step of stepsOf(workflow))
      if (/checkout/.test(String(valueAt(step, ['uses'])))) expect(valueAt(step, ['with', 'persist-credentials'])).toBe(false);
    for (const job of jobsOf(workflow)) expect(valueAt(job, ['timeout-minutes'])).toEqual(expect.any(Number));
  });

  test('evaluates nothing of a stranger in a script', () => {
    for (const run of textsOf(workflow, 'run')) expect(run).not.toContain('${{');
  });
});

test('so does the workflow that init gives a repository', () => {
  const text = readFileSync(join(PROJECT, 'generator/templates/repository/workflow.yaml'), 'utf8');
  const workflow: unknown = parseDocument(text).toJS();
  expect(valueAt(workflow, ['permissions'])).toEqual({ contents: 'read' });
  expect(textsOf(workflow, 'uses').length).toBeGreaterThan(0);
  for (const action of textsOf(workflow, 'uses')) expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
});

test('a tag publishes by the command as it is, signed by the workflow itself', () => {
  const [, workflow] = workflows.find(([file]) => file === 'release.yaml') ?? [];
  expect(valueAt(workflow, ['on'])).toEqual({ push: { tags: ['v*'] } });
  const [run = ''] = textsOf(workflow, 'run').filter((each) => each.startsWith('npm run release'));
  const given = [...run.matchAll(/ (--[\w-]+) /g)].map(([, option = '']) => option);
  expect(given).toEqual(expect.arrayContaining(['--registry', '--chart-version']));
  expect(JSON.stringify(workflow)).not.toMatch(/--key|COSIGN/);
  expect(command.options.map(({ long }) => long)).toEqual(expect.arrayContaining(given.filter((each) => each.length > 2)));
});

test('a tag publishes the package of that version, without a token', () => {
  const [, workflow] = workflows.find(([file]) => file === 'npm.yaml') ?? [];
  expect(valueAt(workflow, ['on'])).toEqual({ push: { tags: ['v*'] } });
  const [compared, published] = textsOf(workflow, 'run').slice(-2);
  expect(compared).toContain('= "$GITHUB_REF_NAME"');
  expect(published).toBe('npm publish --access public');
  expect(JSON.stringify(workflow)).not.toMatch(/secrets\.|TOKEN/);
  expect(PACKAGE).toMatchObject({ private: false });
});
