import { expect, test } from 'vitest';
import schema from '../../schema/values.schema.json' with { type: 'json' };
import { noteSingleBraces } from '../../generator/generate/placeholders.ts';

const allowed = schema.properties.connections.properties.templates.additionalProperties['x-allowed'];
const NAMES = [...allowed.matchAll(/\{\{(\w+)\}\}/g)].map(([, name = '']) => name);

const notesOn = (text: unknown): string[] => noteSingleBraces({ values: { connections: { templates: { ours: text } } } });

test('every placeholder between single braces is noted once, with what to write', () => {
  expect(NAMES).toHaveLength(12);
  expect(notesOn(NAMES.map((name) => `{${name}}\${${name}}`).join('')).sort()).toEqual(
    NAMES.map(
      (name) =>
        `connections.templates.ours has {${name}}, which stays as it is; a placeholder has two braces on each side: {{${name}}}`,
    ).sort(),
  );
});

test('what is a placeholder already, and other braces, are let be', () => {
  for (const text of [NAMES.map((name) => `{{${name}}}`).join(' '), '{one} {"a":"{{password}}"} { password }', null, 1])
    expect(notesOn(text)).toEqual([]);
  for (const values of [{}, { connections: null }, { connections: { templates: [] } }])
    expect(noteSingleBraces({ values })).toEqual([]);
});
