import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { compareChart } from '../../generator/generate/compare.ts';
import { fieldsOf, type Field } from '../../generator/generate/fields.ts';
import { generate } from '../../generator/generate/generate.ts';
import { readInput } from '../../generator/generate/read.ts';
import { CHART, PROJECT, VALUES } from '../tools/folders.ts';
import { readParts, renderParts } from '../tools/kubernetes-parts.ts';
import { project } from '../tools/project.ts';

test('what is committed is what the generator writes, the types of the contract included', async () => {
  const input = readInput({ values: VALUES, out: CHART }, project);
  const { files } = await generate(input, { allTypes: true });
  const { changed, stale } = compareChart(input.chart, files);
  expect({ changed: changed.map(({ path }) => path), stale }).toEqual({ changed: [], stale: [] });
  expect(files.map(({ path }) => path)).toContain('../schema/values.types.ts');
});

test('two runs give the same bytes', async () => {
  const [first, second] = await Promise.all(
    [1, 2].map(() => generate(readInput({ values: VALUES, out: CHART }, project), { allTypes: true })),
  );
  expect(first?.files).toEqual(second?.files);
});

test('nothing generated names a time, a path of this machine or a user', async () => {
  const { files } = await generate(readInput({ values: VALUES, out: CHART }, project));
  for (const { path, content } of files)
    expect(content, path).not.toMatch(new RegExp(`${PROJECT}|/root/|/home/|\\b20\\d\\d-\\d\\d-\\d\\dT`));
});

const allFields = (fields: readonly Field[]): Field[] => fields.flatMap((field) => [field, ...allFields(field.fields)]);

test('every field of the contract has a description, a default and a kind', () => {
  const contract: unknown = JSON.parse(readFileSync(join(PROJECT, 'schema/values.schema.json'), 'utf8'));
  const fields = allFields(fieldsOf(contract ?? {}));
  expect(fields.length).toBeGreaterThan(80);
  for (const field of fields) {
    expect(field.description, field.path).toMatch(/^[A-Z'a-z].{5,}\.$/s);
    expect(field.default, field.path).toBeDefined();
    expect(['structure', 'knob'], field.path).toContain(field.kind);
  }
});

test('the tables of the README have every value of the contract once, with what it takes', () => {
  const contract: unknown = JSON.parse(readFileSync(join(PROJECT, 'schema/values.schema.json'), 'utf8'));
  const values = allFields(fieldsOf(contract ?? {})).filter(({ fields }) => fields.length === 0);
  const [, text = ''] = readFileSync(join(CHART, 'README.md'), 'utf8').split('\n## Values\n');
  expect(text).not.toContain('undefined');
  const shown = text.split('\n### ').flatMap((table) => {
    const above = /^Below `([^`]+)`/m.exec(table)?.[1];
    const lines = table.split('\n').map((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim()));
    const rows = lines.filter(([, field = '', takes]) => field.startsWith('`') && takes !== '');
    return rows.map(([, field = '', , usual, ...more]) => [
      `${above === undefined ? '' : `${above}.`}${field.slice(1, -1)}`,
      usual !== '',
      more.length === 3 && more[0] === 'yes',
    ]);
  });
  const declared = values.map(({ path, effect }) => [path, true, effect === 'restart']);
  expect([...shown].sort()).toEqual([...declared].sort());
});

test('the contract can be read by Helm: draft-07, no reference that leaves it, patterns without lookaround', () => {
  const text = readFileSync(join(CHART, 'values.schema.json'), 'utf8');
  expect(text).toContain('"$schema":"http://json-schema.org/draft-07/schema#"');
  expect(text).not.toMatch(/"\$ref":"(?!#\/definitions\/)|\(\?[=!<]/);
  expect(text.length).toBeLessThan(90 * 1024);
});

test("what the contract takes of Kubernetes' models is as they are", async () => {
  expect(readParts()).toBe(await renderParts());
});

/** The text of every template of the chart, whatever its folder. */
const readTemplates = (): string[] =>
  readdirSync(join(CHART, 'templates'), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(yaml|tpl|txt)$/.test(name))
    .map((name) => readFileSync(join(CHART, 'templates', name), 'utf8'));

/** How a template reads a field: by its path, or with a map above it that it takes as a whole; what lies in an entry, by its name. */
const readings = (path: string): RegExp[] => {
  if (path.includes('<name>')) return [new RegExp(`[."]${path.slice(path.lastIndexOf('.') + 1)}\\b`)];
  const steps = path.split('.');
  const paths = steps.map((_, index) => steps.slice(0, index + 1).join('\\.'));
  return paths.map((above) => new RegExp(`\\.Values\\.${above}(?![\\w.])`));
};

test('templates read every knob that the contract offers', () => {
  const contract: unknown = JSON.parse(readFileSync(join(PROJECT, 'schema/values.schema.json'), 'utf8'));
  const text = readTemplates().join('\n');
  const values = allFields(fieldsOf(contract ?? {})).filter(({ fields }) => fields.length === 0);
  const knobs = values.filter(({ kind, path }) => kind === 'knob' && path !== 'global').map(({ path }) => path);
  expect(knobs.length).toBeGreaterThan(60);
  expect(knobs.filter((path) => !readings(path).some((reading) => reading.test(text)))).toEqual([]);
});

test('templates read no value that the contract does not have', () => {
  const contract: unknown = JSON.parse(readFileSync(join(PROJECT, 'schema/values.schema.json'), 'utf8'));
  const known = new Set(allFields(fieldsOf(contract ?? {})).map(({ path }) => path));
  const read = readTemplates().flatMap((text) => [...text.matchAll(/\.Values\.([A-Za-z.]+)/g)]);
  expect(read.length).toBeGreaterThan(50);
  expect(read.map(([, path = '']) => path).filter((path) => !known.has(path))).toEqual([]);
});
