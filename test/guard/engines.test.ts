import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { PROVIDERS } from '../../generator/generate/validate/providers.ts';
import { CHART, PROJECT } from '../tools/folders.ts';

/* What runs PostgreSQL is decided in one place: templates elsewhere ask for host, port, authority and the admin's Secret by name. */
const TEMPLATES = join(CHART, 'templates');
const ENGINES = join(TEMPLATES, 'engines');
const textOf = (file: string): string => readFileSync(join(TEMPLATES, file), 'utf8');

const engines = readdirSync(ENGINES, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);
const files = readdirSync(TEMPLATES, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(yaml|tpl|txt)$/.test(name));
const elsewhere = files.filter((file) => !file.startsWith('engines/'));

/** What an engine is known by: the value, its name as a text, and what only its own folder defines. */
const asksForEngine = (text: string): boolean =>
  text.includes('.Values.engine') ||
  /include "shared-postgresql\.(engine|ofEngine)"/.test(text) ||
  engines.some((engine) => text.includes(`"${engine}"`) || text.includes(`"shared-postgresql.${engine}.`));

describe('an engine', () => {
  test('is known to no template but its own', () => {
    expect(elsewhere.length).toBeGreaterThan(30);
    expect(elsewhere.filter((file) => asksForEngine(textOf(file)))).toEqual([]);
  });

  test.each([
    ['{{ if eq .Values.engine.kind "x" }}', true],
    ['{{ if eq (include "shared-postgresql.engine" .) "x" }}', true],
    ['{{ if eq $kind "pod" }}', true],
    ['{{ include "shared-postgresql.pod.host" . }}', true],
    ['{{ include "shared-postgresql.host" . }}', false],
  ])('the check finds it in %s: %s', (text, found) => {
    expect(asksForEngine(text)).toBe(found);
  });

  const facts = [...textOf('engines/_engine.tpl').matchAll(/"shared-postgresql\.ofEngine" \(list \. "(\w+)"\)/g)].map(
    ([, fact = '']) => fact,
  );

  test.each(engines)('%s says every fact', (engine) => {
    const file = `engines/${engine}/_engine.tpl`;
    expect(existsSync(join(TEMPLATES, file)), file).toBe(true);
    const defined = [...textOf(file).matchAll(/define "shared-postgresql\.([\w-]+)\.(\w+)"/g)]
      .filter(([, name]) => name === engine)
      .map(([, , fact = '']) => fact);
    expect(facts.length).toBeGreaterThan(8);
    expect(defined.sort()).toEqual([...facts].sort());
  });

  test.each(engines)('%s renders nothing where another runs', (engine) => {
    for (const file of files.filter((name) => name.startsWith(`engines/${engine}/`) && name.endsWith('.yaml'))) {
      const [, guard = '', ...rest] = textOf(file).match(/^\{\{.*$/gm) ?? [];
      const first = guard.includes('"shared-postgresql.complete"') ? (rest[0] ?? '') : guard;
      expect(first, file).toBe(`{{- if eq (include "shared-postgresql.engine" .) "${engine}" }}`);
    }
  });
});

test('what each provider does differently stands on its page, with its source', () => {
  const page = readFileSync(join(PROJECT, 'docs/external.md'), 'utf8');
  expect(PROVIDERS.length).toBeGreaterThan(3);
  for (const { name, authorities, sources } of PROVIDERS)
    for (const text of [name, authorities, ...sources]) expect(page, name).toContain(text);
});
