import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadRules } from '../../generator/generate/validate/load-rules.ts';
import { PROJECT } from '../tools/folders.ts';

const RULES = join(PROJECT, 'generator/generate/validate/rules');

describe('a rule', () => {
  const files = readdirSync(RULES);

  test('is found by its file alone', async () => {
    expect(files.length).toBeGreaterThan(5);
    expect([...(await loadRules()).keys()].sort()).toEqual([...files].sort());
  });

  test.each(files)('%s is one sentence: as its name, and above the rule', (file) => {
    expect(file).toMatch(/^[a-z0-9]+(-[a-z0-9]+){2,}\.ts$/);
    expect(readFileSync(join(RULES, file), 'utf8')).toMatch(/^\/\*\* [A-Z][^\n]*\. \*\/\nexport const rule: Rule = /m);
  });

  test.each(files)('%s knows no other rule', (file) => {
    expect(readFileSync(join(RULES, file), 'utf8')).not.toMatch(/from '\.\//);
  });
});
