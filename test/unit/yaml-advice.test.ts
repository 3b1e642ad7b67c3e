import { expect, test } from 'vitest';
import { parseValues } from '../../generator/generate/parse.ts';

const TEXT = `# A list
services:
  user-service:
    database: "users"
    labels: { team: 'a', tier: b }
    extensions: [pg_trgm, citext]
  mail: {}
commonAnnotations:
  note: |
    two
    lines
`;

const SIGNS = [
  '{',
  '}',
  '[',
  ']',
  '"',
  "'",
  ':',
  ': ',
  '- ',
  ' ',
  '\n',
  '\t',
  '&a ',
  '*',
  '@',
  '%',
  '| ',
  '? ',
  ',',
  '#',
  '\\',
  '!',
];

test('a text that one slip makes no YAML is told with what to do about it', () => {
  const silent = new Set<string>();
  const told = new Set<string>();
  for (let at = 0; at < TEXT.length; at += 2) {
    const [before, after] = [TEXT.slice(0, at), TEXT.slice(at)];
    const slips = [before + after.slice(1), ...SIGNS.map((sign) => before + sign + after)];
    for (const { message, hint } of slips.flatMap((text) => parseValues('values.yaml', text).problems)) {
      if (!message.startsWith('the YAML does not parse')) continue;
      if (hint === undefined) silent.add(message);
      else told.add(hint);
    }
  }
  expect([...silent]).toEqual([]);
  expect(told.size).toBeGreaterThan(10);
});

test('a conflict that git left is one problem', () => {
  const text = '<<<<<<< HEAD\nservices: { a: {} }\n=======\nservices: { b: {} }\n>>>>>>> other\n';
  expect(parseValues('values.yaml', text).problems).toEqual([
    {
      file: 'values.yaml',
      position: { line: 1, column: 1 },
      excerpt: '<<<<<<< HEAD',
      message: 'git left a conflict here',
      hint: 'Decide what is meant, and remove the lines that begin with <<<<<<<, ======= and >>>>>>>.',
    },
  ]);
});
