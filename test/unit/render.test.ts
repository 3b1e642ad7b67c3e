import { describe, expect, test } from 'vitest';
import { compileTemplate } from '../../generator/generate/render/templates.ts';
import { refuseTwoOfOnePath } from '../../generator/generate/render.ts';

describe('templates', () => {
  test.each([
    ['plain', '"plain"'],
    ['a"b\\c\n{{ }}', '"a\\"b\\\\c\\n{{ }}"'],
  ])('%j is a Go string', (text, literal) => {
    expect(compileTemplate('{{goString text}}')({ text })).toBe(literal);
  });

  test('JSON in a Go raw string has no backtick', () => {
    expect(compileTemplate('{{goJson value}}')({ value: { a: '`}}' } })).toBe('`{"a":"\\u0060}}"}`');
  });

  test("Helm's expressions pass through", () => {
    expect(compileTemplate('\\{{ include "x" . }} {{a}}')({ a: 1 })).toBe('{{ include "x" . }} 1');
  });

  test('a name that the data has not is an error', () => {
    expect(() => compileTemplate('{{missing}}')({})).toThrow('"missing" not defined');
  });
});

test('two files for one path are a bug', () => {
  const file = { path: 'a', content: '' };
  expect(() => refuseTwoOfOnePath([file, file])).toThrow('two files are rendered to a');
});
