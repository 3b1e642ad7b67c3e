import { cpSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { PROJECT, temporaryFolder } from '../tools/folders.ts';
import { run } from '../tools/run.ts';

/*
 * What the pages show is what a reader sees: each block of the kind `console` is run, its commands one after the other in one fresh copy of
 * the project for each page. In what is printed, an ellipsis stands for anything, and alone on a line for any lines. Blocks of the kind
 * `sh` want a cluster, or run for ever, or are run by .ci/run; bash reads them here. Those of local development are run by
 * test/laptop/documentation.test.ts, those that only reach for a server in a cluster by test/postgres/pages.test.ts.
 */
const PAGES = ['README.md', 'CONTRIBUTING.md', ...readdirSync(join(PROJECT, 'docs')).map((name) => join('docs', name))]
  .filter((page) => page.endsWith('.md'))
  .map((page) => ({ page, text: readFileSync(join(PROJECT, page), 'utf8') }));

const blocksOf = (text: string, kind: string): string[] =>
  [...text.matchAll(new RegExp(`^\`\`\`${kind}\\n([^]*?)^\`\`\``, 'gm'))].map(([, block = '']) => block);

interface Step {
  readonly command: string;
  readonly shown: string;
}

const stepsOf = (block: string): Step[] =>
  [...block.matchAll(/^\$ (.*)\n((?:(?!\$ ).*\n)*)/gm)].map(([, command = '', shown = '']) => ({ command, shown }));

const patternOf = (shown: string): RegExp => {
  const lines = shown.split(/(?<=\n)/).map((line) =>
    line === '…\n'
      ? '[^]*'
      : line
          .split('…')
          .map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
          .join('.*'),
  );
  return new RegExp(`^${lines.join('')}$`);
};

function copyProject(): string {
  const folder = temporaryFolder();
  for (const part of ['generator', 'dist', 'schema', 'chart', 'docs', 'values.yaml', 'package.json'])
    cpSync(join(PROJECT, part), join(folder, part), { recursive: true });
  symlinkSync(join(PROJECT, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

const SHOWING = PAGES.filter(({ text }) => blocksOf(text, 'console').length > 0);

test.each(SHOWING)('$page shows what its commands print', async ({ text }) => {
  const cwd = copyProject();
  for (const { command, shown } of blocksOf(text, 'console').flatMap(stepsOf)) {
    const { output } = await run('bash', ['-c', command], { cwd });
    expect(output, command).toMatch(patternOf(shown));
  }
});

test.each(PAGES.filter(({ text }) => blocksOf(text, 'sh').length > 0))('bash reads every block of $page', async ({ text }) => {
  for (const block of blocksOf(text, 'sh')) expect(await run('bash', ['-n', '-c', block]), block).toMatchObject({ code: 0 });
});

test('the commands of docs/services.md that edit are run, one after the other', async () => {
  const cwd = copyProject();
  const text = readFileSync(join(PROJECT, 'docs/services.md'), 'utf8');
  // The third asks a server, as test/postgres/rename.test.ts does.
  const lines = blocksOf(text, 'sh').flatMap((block) => block.split('\n').filter((line) => /^npx .* (add|remove) /.test(line)));
  expect(lines).toHaveLength(2);
  for (const line of lines) {
    const shell = `npx() { shift; "${process.execPath}" generator/bin.js "$@"; }\n${line}`;
    const { code, output } = await run('bash', ['-c', shell], { cwd });
    expect(code, output).toBe(0);
    expect(output).toContain('order-service');
  }
});

test('some page shows something', () => {
  expect(SHOWING.map(({ page }) => page)).toContain('docs/quick-start.md');
});
