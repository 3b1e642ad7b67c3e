import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { isRecord } from '../../generator/generate/fields.ts';
import { temporaryFolder, VALUES } from '../tools/folders.ts';
import { copyBuiltProject } from '../tools/package.ts';
import { runOk } from '../tools/run.ts';

const MEMORY = 'dist/remembered';
const SCHEMA = 'schema/databases/user-service';

/** No run says it by itself. */
const RECALLED = 'this was recalled';

/** A copy of the program, as built as a fresh installation is, in which generate ran. */
let built: string;
beforeAll(async () => {
  built = await copyBuiltProject();
  cpSync(VALUES, join(built, 'values.yaml'));
  await generate(built);
});

function copyProgram(): string {
  const folder = temporaryFolder();
  cpSync(built, folder, { recursive: true, verbatimSymlinks: true });
  return folder;
}

function generate(folder: string, ...args: string[]): Promise<string> {
  return runOk('node', ['generator/bin.js', 'generate', ...args], { cwd: folder });
}

const rememberedIn = (folder: string): string[] => readdirSync(join(folder, MEMORY)).map((name) => join(folder, MEMORY, name));

/** Has what is remembered say so when it is recalled. */
function mark(folder: string): void {
  for (const file of rememberedIn(folder)) {
    const outcome: unknown = JSON.parse(readFileSync(file, 'utf8'));
    writeFileSync(file, JSON.stringify({ ...(isRecord(outcome) ? outcome : {}), notes: [RECALLED] }));
  }
}

const append = (folder: string, path: string, text: string): void =>
  writeFileSync(join(folder, path), readFileSync(join(folder, path), 'utf8') + text);

describe('a run that reads what the last one left', () => {
  test('recalls what came of it, and looks for nothing', async () => {
    const folder = copyProgram();
    mark(folder);
    expect(await generate(folder)).toContain(RECALLED);
    const comment = '\n# nothing that anybody reads as a value\n';
    append(folder, 'values.yaml', comment);
    expect(await generate(folder)).toContain(RECALLED);
  });

  test('recalls it in a chart of another place as soon as that is there', async () => {
    const folder = copyProgram();
    await generate(folder, '--out', 'another/chart');
    mark(folder);
    expect(await generate(folder, '--out', 'another/chart')).toContain(RECALLED);
  });

  test('says what a run says that finds it out', async () => {
    const folder = copyProgram();
    append(folder, 'values.yaml', '  new-service: {}\n');
    mkdirSync(join(folder, 'schema/databases/nobodys'));
    expect(await generate(folder)).toMatch(/^wrote {3}chart\/templates\/services\/new-service\.yaml$/m);
    const timeless = async (): Promise<string> => (await generate(folder, '--json')).replace(/"seconds": [\d.]+/, '');
    const recalled = await timeless();
    rmSync(join(folder, MEMORY), { recursive: true });
    const foundOut = await timeless();
    expect(foundOut).toContain('schema/databases/nobodys belongs to no service');
    expect(recalled).toBe(foundOut);
  });

  test.each<[string, (folder: string) => void]>([
    ['a value', (folder) => append(folder, 'values.yaml', '  new-service: {}\n')],
    ['a schema file', (folder) => append(folder, `${SCHEMA}/001_tenants.sql`, '-- more\n')],
    ['a schema file by a line end', (folder) => append(folder, `${SCHEMA}/001_tenants.sql`, '\r\n')],
    ['one schema file more', (folder) => writeFileSync(join(folder, SCHEMA, '999_none.sql'), '')],
    ['what lies beside schema files', (folder) => writeFileSync(join(folder, SCHEMA, 'notes.md'), '')],
    ['a folder that is no service', (folder) => mkdirSync(join(folder, 'schema/databases/nobodys'))],
    ['a generated file', (folder) => append(folder, 'chart/desired.json', ' ')],
    ['a generated file that is gone', (folder) => rmSync(join(folder, 'chart/templates/services/user-service.yaml'))],
    [
      'a generated file that nothing renders',
      (folder) =>
        cpSync(
          join(folder, 'chart/templates/services/user-service.yaml'),
          join(folder, 'chart/templates/services/other-service.yaml'),
        ),
    ],
    ['a file by hand', (folder) => append(folder, 'chart/provisioning/run.sql', '-- more\n')],
    ['a template', (folder) => append(folder, 'generator/templates/README.md.hbs', 'more\n')],
    ['the program that was built', (folder) => append(folder, 'dist/main.js', '\n')],
    ['a source of the program', (folder) => append(folder, 'generator/main.ts', '\n')],
  ])('finds out anew what comes of a change of %s', async (_, change) => {
    const folder = copyProgram();
    mark(folder);
    change(folder);
    expect(await generate(folder)).not.toContain(RECALLED);
  });

  test('finds it out where the memory is broken, or cannot be written', async () => {
    const folder = copyProgram();
    for (const broken of ['{"services": 3', '{}']) {
      for (const file of rememberedIn(folder)) writeFileSync(file, broken);
      expect(await generate(folder)).toContain('3 services: 0 files written');
    }
    rmSync(join(folder, MEMORY), { recursive: true });
    writeFileSync(join(folder, MEMORY), 'in the way');
    expect(await generate(folder)).toContain('3 services: 0 files written');
  });

  test('keeps the youngest outcomes', async () => {
    const folder = copyProgram();
    for (let age = 0; age < 30; age += 1) {
      const file = join(folder, MEMORY, `old-${age}`);
      writeFileSync(file, '{}');
      utimesSync(file, 1000, 1000 - age);
    }
    append(folder, 'values.yaml', '  new-service: {}\n');
    await generate(folder);
    const kept = readdirSync(join(folder, MEMORY));
    expect(kept).toHaveLength(20);
    expect(kept.filter((name) => !name.startsWith('old-'))).toHaveLength(2);
    expect(kept).toContain('old-17');
    expect(kept).not.toContain('old-18');
  });
});
