import { cpSync, existsSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isRecord } from '../../generator/generate/fields.ts';
import { writeFiles } from '../tools/deployment.ts';
import { PROJECT, temporaryFolder } from '../tools/folders.ts';
import { run } from '../tools/run.ts';

/** The tools of a script of package.json that read settings from the folder of each file that they look at. */
function toolsOf(script: string): string[] {
  const manifest: unknown = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8'));
  const scripts = isRecord(manifest) && isRecord(manifest['scripts']) ? manifest['scripts'] : {};
  const commands = String(scripts[script]).split(' && ');
  return commands.filter((command) => /^(eslint|prettier) /.test(command));
}

test.each(['lint', 'format'])('%s runs nothing that a service keeps in its schema folder', async (script) => {
  const folder = temporaryFolder();
  for (const file of ['package.json', 'tsconfig.json', 'eslint.config.js', '.prettierrc.json', '.prettierignore'])
    cpSync(join(PROJECT, file), join(folder, file));
  symlinkSync(join(PROJECT, 'node_modules'), join(folder, 'node_modules'));
  const ran = join(folder, 'ran');
  const settings = `import { writeFileSync } from 'node:fs';\nwriteFileSync(${JSON.stringify(ran)}, '');\nexport default {};\n`;
  const theirs = { 'eslint.config.mjs': settings, '.prettierrc.mjs': settings, 'a.js': 'export  {};\n', 'README.md': '*  a\n' };
  writeFiles(join(folder, 'schema/databases/a'), theirs);
  const path = [join(PROJECT, 'node_modules/.bin'), process.env['PATH']].join(':');
  const commands = toolsOf(script);
  expect(commands).not.toEqual([]);
  for (const command of commands) {
    const { code, output } = await run('sh', ['-c', command], { cwd: folder, env: { ...process.env, PATH: path } });
    expect({ command, code, output, ran: existsSync(ran) }).toMatchObject({ code: 0, ran: false });
  }
});
