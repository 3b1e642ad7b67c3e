import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { PROJECT } from '../tools/folders.ts';

const GENERATOR = join(PROJECT, 'generator');

/** The only files that may touch the world: argv, disk, terminal. */
const EDGES = [
  'main.ts',
  'commands/',
  'server/',
  'generate/generate.ts',
  'generate/read.ts',
  'generate/write.ts',
  'generate/validate/load-rules.ts',
  'generate/render/types.ts',
];

/** Each step, and the steps whose results it may know. Data flows one way; nothing calls an earlier step. */
const KNOWS: Readonly<Record<string, readonly string[]>> = {
  'problem.ts': [],
  'parse.ts': ['problem.ts'],
  'fields.ts': [],
  'validate/': ['parse.ts', 'problem.ts', 'fields.ts', 'model.ts', 'read.ts', 'validate/'],
  'model.ts': ['fields.ts', 'problem.ts', 'validate/'],
  'render/': ['model.ts', 'fields.ts', 'problem.ts', 'render/'],
};

const sources = readdirSync(GENERATOR, { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => file.endsWith('.ts'));

const importsOf = (file: string): string[] =>
  [...readFileSync(join(GENERATOR, file), 'utf8').matchAll(/^import (?:type )?[^;]*? from '([^']+)';/gms)].map(
    ([, from = '']) => from,
  );

/** A relative import as a path below generator/. */
const resolveImport = (file: string, from: string): string => join(file, '..', from).replaceAll('\\', '/');

describe('the generator', () => {
  test('has the files that these rules are about', () => {
    for (const edge of EDGES) expect(sources.filter((file) => file.startsWith(edge))).not.toEqual([]);
    expect(sources.length).toBeGreaterThan(15);
    expect(importsOf('generate/model.ts')).toContain('./problem.ts');
  });

  test.each(sources.filter((file) => !EDGES.some((edge) => file.startsWith(edge))))('%s is pure: data in, data out', (file) => {
    expect(importsOf(file).filter((from) => from.startsWith('node:') && from !== 'node:crypto')).toEqual([]);
    expect(readFileSync(join(GENERATOR, file), 'utf8')).not.toMatch(
      /console\.|process\.|Date\.now|new Date|Math\.random|randomBytes|fetch\(/,
    );
  });

  test.each(sources.filter((file) => !EDGES.some((edge) => file.startsWith(edge))))('%s knows only earlier steps', (file) => {
    const step = file.replace('generate/', '');
    const key = step.includes('/') ? `${step.split('/')[0] ?? ''}/` : step;
    const allowed = KNOWS[key];
    expect(allowed, `${key} is not in the list of steps`).toBeDefined();
    const imports = importsOf(file)
      .filter((from) => from.startsWith('.') && !from.includes('/schema/'))
      .map((from) => resolveImport(step, from));
    expect(
      imports.filter((path) => !allowed?.some((known) => (known.endsWith('/') ? path.startsWith(known) : path === known))),
    ).toEqual([]);
  });

  test('only write.ts writes files', () => {
    const writers = sources.filter((file) =>
      /\b(writeFile|rename|rm|mkdir|unlink|rmdir)\w*\(/.test(readFileSync(join(GENERATOR, file), 'utf8')),
    );
    expect(writers).toEqual(['generate/write.ts']);
  });

  test.each(sources)('%s has at most 300 lines', (file) => {
    expect(readFileSync(join(GENERATOR, file), 'utf8').split('\n').length).toBeLessThanOrEqual(300);
  });

  test('no line of TypeScript puts data into SQL', () => {
    for (const file of sources)
      expect(readFileSync(join(GENERATOR, file), 'utf8'), file).not.toMatch(
        /`[^`]*\b(CREATE|ALTER|GRANT|REVOKE) [A-Z]+[^`]*\$\{/,
      );
  });
});

describe('the chart', () => {
  const templates = readdirSync(join(PROJECT, 'generator/templates'));

  test.each(templates)('%s has no else beside Helm braces', (file) => {
    const text = readFileSync(join(PROJECT, 'generator/templates', file), 'utf8');
    expect(text.includes('\\{{') && /\{\{-? *else/.test(text)).toBe(false);
  });

  const provisioning = join(PROJECT, 'chart/provisioning');
  const scripts = readdirSync(provisioning, { recursive: true, encoding: 'utf8' }).filter((name) => /\.[a-z]+$/.test(name));
  const rules = scripts.filter((name) => /^plan\/\w+\/\d/.test(name));
  const read = (name: string): string => readFileSync(join(provisioning, name), 'utf8');

  test('provisioning quotes with format(), never by hand', () => {
    expect(rules.length).toBeGreaterThan(40);
    for (const name of rules) expect(read(name), name).not.toMatch(/'(CREATE|ALTER|GRANT|REVOKE|DROP)[^']*' *\|\| *"?[a-z]/);
  });

  test.each(rules)('%s has a number of its own and a step that a run knows', (name) => {
    const number = /^plan\/\w+\/\d+/.exec(name)?.[0];
    expect(rules.filter((other) => other.startsWith(`${number}-`))).toEqual([name]);
    const step = /^SELECT '([A-Z]+)', /m.exec(read(name))?.[1];
    expect(read('run.sql')).toMatch(new RegExp(`^-- {3}${step} `, 'm'));
  });

  test('what is sent to the server is ASCII, which every encoding of a database has', () => {
    for (const name of scripts) expect(read(name), name).toMatch(/^[\n\t -~]*$/);
  });

  test('hand-written templates loop over no services but to refuse them', () => {
    const looping = readdirSync(join(PROJECT, 'chart/templates'), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(yaml|tpl|txt)$/.test(name) && !name.startsWith('services/'))
      .filter((name) =>
        /range[^}]*(\.Values\.services|\.services)/.test(readFileSync(join(PROJECT, 'chart/templates', name), 'utf8')),
      );
    expect(looping).toEqual(['structure.yaml']);
  });
});
