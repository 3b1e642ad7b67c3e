import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { PROJECT } from '../tools/folders.ts';

const GENERATOR = join(PROJECT, 'generator');

/**
 * The rooms, and the steps of generate/, in the order in which data flows; each knows only what stands before it. `validate`
 * is validate.ts with all of validate/ that has no line of its own: the step knows its parts, the parts do not know the step.
 */
const ORDER = [
  'project-folder',
  'generate/printable',
  'generate/excerpt',
  'generate/lists',
  'generate/problem',
  'generate/digest',
  'generate/once',
  'generate/fields',
  'generate/layout',
  'generate/conflict',
  'generate/parse',
  'generate/read',
  'generate/validate/finding',
  'generate/validate/shown',
  'generate/validate/nearest',
  'generate/validate/defaults',
  'generate/validate/compile',
  'generate/validate/slips',
  'generate/validate/retyped',
  'generate/validate/contract',
  'generate/validate/engine',
  'generate/validate/providers',
  'generate/validate/tls',
  'generate/validate/platform-logins',
  'generate/validate/names',
  'generate/validate/extensions',
  'generate/validate/encodings',
  'generate/validate/locales',
  'generate/validate/amounts',
  'generate/validate/settings',
  'generate/validate/setting-texts',
  'generate/validate/setting-values',
  'generate/validate/image',
  'generate/validate/given-settings',
  'generate/validate/processes',
  'generate/validate/confirmation',
  'generate/validate/quantities',
  'generate/validate/sizes',
  'generate/validate/budget',
  'generate/validate/pod',
  'generate/validate/rule',
  'generate/validate/rules',
  'generate/validate/load-rules',
  'generate/validate/tree',
  'generate/validate/parser',
  'generate/validate/statements',
  'generate/validate/objects',
  'generate/validate/schema-objects',
  'generate/validate/syntax',
  'generate/validate/schema-text',
  'generate/validate/schema-names',
  'generate/validate/schema-files',
  'generate/validate',
  'generate/origins',
  'generate/platform',
  'generate/restarts',
  'generate/knobs',
  'generate/model',
  'generate/logins',
  'generate/connections',
  'generate/former',
  'generate/rotations',
  'generate/changes',
  'generate/rotations',
  'generate/placeholders',
  'generate/notes',
  'generate/render',
  'generate/light',
  'generate/measure',
  'generate/generate',
  'generate/compare',
  'generate/write',
  'helm',
  'release',
  'edit',
  'import',
  'repository',
  'manifests',
  'server',
  'laptop',
  'laptop',
  'cluster',
  'page',
  'commands',
  'main',
];

/** All that may touch the world: argv, disk, terminal, network. Every other file is pure. */
const TOUCHES_THE_WORLD = [
  'project-folder',
  'generate/read',
  'generate/validate/load-rules',
  'generate/validate/parser',
  'generate/write',
  'helm',
  'release/key',
  'release/keyless',
  'release/token',
  'release/source',
  'release/installed',
  'release/login',
  'release/attach',
  'release/registry',
  'repository/present',
  'manifests/present',
  'server',
  'laptop',
  'cluster',
  'commands',
  'main',
];

const sources = readdirSync(GENERATOR, { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => file.endsWith('.ts'));

const textOf = (file: string): string => readFileSync(join(GENERATOR, file), 'utf8');

interface Import {
  readonly from: string;
  readonly isOfTypes: boolean;
}

const importsOf = (file: string): Import[] =>
  [...textOf(file).matchAll(/^import ([^;]*?) from '([^']+)';|\bimport\('([^']+)'\)/gms)].map(
    ([, names = '', from, dynamic = '']) => ({
      from: from ?? dynamic,
      isOfTypes: names.startsWith('type ') || /^\{(\s*type \w+,?)+\s*\}$/.test(names),
    }),
  );

/** What a file imports of the generator, as paths below generator/. */
const ownImportsOf = (file: string): (Import & { readonly path: string })[] =>
  importsOf(file)
    .filter(({ from }) => from.startsWith('.') && !from.includes('/schema/'))
    .map((each) => ({ ...each, path: join(file, '..', each.from).replaceAll('\\', '/') }));

const belongsTo = (file: string, entry: string): boolean => file === `${entry}.ts` || file.startsWith(`${entry}/`);

/** The place of a file in the order; a step stands behind its parts. */
const placeOf = (file: string): number => {
  const entries = ORDER.filter((entry) => belongsTo(file, entry));
  const closest = entries.reduce((longest, entry) => (entry.length > longest.length ? entry : longest), '');
  return ORDER.indexOf(closest) + (file === `${closest}.ts` ? 0.5 : 0);
};

const isPure = (file: string): boolean => !TOUCHES_THE_WORLD.some((entry) => belongsTo(file, entry));

describe('the generator', () => {
  test('has the files that these rules are about', () => {
    for (const entry of [...ORDER, ...TOUCHES_THE_WORLD])
      expect(
        sources.filter((file) => belongsTo(file, entry)),
        entry,
      ).not.toEqual([]);
    expect(importsOf('generate/model.ts')).toContainEqual({ from: './problem.ts', isOfTypes: false });
    expect(importsOf('generate/model.ts')).toContainEqual({ from: './validate.ts', isOfTypes: true });
    expect(importsOf('main.ts')).toContainEqual({ from: './commands/plan.ts', isOfTypes: false });
  });

  test.each(sources.filter(isPure))('%s is pure: data in, data out', (file) => {
    const modules = importsOf(file).map(({ from }) => from);
    expect(
      modules.filter(
        (from) => from.startsWith('node:') && !['node:crypto', 'node:path', 'node:util', 'node:zlib'].includes(from),
      ),
    ).toEqual([]);
    expect(textOf(file)).not.toMatch(
      /console\.|process\.|Date\.now|new Date|Math\.random|randomBytes|fetch\(|\b(resolve|relative)\(/,
    );
  });

  test.each(sources.filter(isPure))('%s takes nothing but types from what reads and writes', (file) => {
    const imports = ownImportsOf(file).filter(({ path, isOfTypes }) => !isOfTypes && !isPure(path));
    // The rules and PostgreSQL's parser are code like any other, though they are loaded.
    const loaders = ['generate/validate/load-rules.ts', 'generate/validate/parser.ts'];
    const allowed = file === 'generate/validate.ts' ? loaders : [];
    expect(imports.map(({ path }) => path)).toEqual(allowed);
  });

  test.each(sources)('%s knows only earlier steps', (file) => {
    expect(placeOf(file), `${file} is not in the order`).toBeGreaterThanOrEqual(0);
    const later = ownImportsOf(file).filter(({ path }) => placeOf(path) > placeOf(file));
    expect(later.map(({ path }) => path)).toEqual([]);
  });

  test('runs every command that has a file', () => {
    const commands = sources.filter((file) => file.startsWith('commands/') && /^export const command\b/m.test(textOf(file)));
    const listed = ownImportsOf('main.ts').map(({ path }) => path);
    expect(listed.filter((path) => commands.includes(path)).sort()).toEqual([...commands].sort());
  });

  test('only write.ts writes files, but for those of a server on this machine, and for programs that are fetched', () => {
    const writers = sources.filter((file) => /\b(writeFile|rename|rm|mkdir|unlink|rmdir)(Sync)?\(/.test(textOf(file)));
    expect(writers.filter((file) => !/^(laptop|helm)\//.test(file))).toEqual(['generate/write.ts']);
  });

  test.each(sources)('%s has at most 300 lines', (file) => {
    expect(textOf(file).split('\n').length).toBeLessThanOrEqual(300);
  });

  test('no comment lifts the limits on files and functions, or all rules of eslint at once', () => {
    const lifting = /eslint[^\n]*\bmax-|eslint-disable(-next-line|-line)?\s*(\*\/|--|$)/m;
    for (const text of ['/* eslint-disable */', '// eslint-disable-next-line -- why', '/* eslint max-lines: off */'])
      expect(text).toMatch(lifting);
    expect('// eslint-disable-next-line no-control-regex -- why').not.toMatch(lifting);
    for (const file of sources) expect(textOf(file), file).not.toMatch(lifting);
  });

  test('no line of TypeScript puts data into SQL', () => {
    for (const file of sources) expect(textOf(file), file).not.toMatch(/`[^`]*\b(CREATE|ALTER|GRANT|REVOKE) [A-Z]+[^`]*\$\{/);
  });
});

describe('the chart', () => {
  const templates = readdirSync(join(PROJECT, 'generator/templates')).filter((name) => name.endsWith('.hbs'));

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
