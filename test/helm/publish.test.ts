import { chmodSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ENDINGS } from '../../generator/commands/endings.ts';
import { deploy } from '../tools/deployment.ts';
import { documentedFields, fieldsOf } from '../tools/documented.ts';
import { temporaryFolder } from '../tools/folders.ts';
import { binaryOf, helm, HELM_MAJORS, tryTemplate, type HelmMajor } from '../tools/helm.ts';
import { runProgram } from '../tools/program.ts';
import { releaseTo } from '../tools/publishing.ts';
import { startRegistry, type OciRegistry } from '../tools/registry.ts';
import type { Result } from '../tools/run.ts';

/* Against a real registry, Debian's, by both Helms. */
let registry: OciRegistry;
beforeAll(async () => {
  registry = await startRegistry();
});
afterAll(() => registry.end());

/** A new folder with a deployment of this text of values. */
async function newDeployment(values = 'services:\n  mail: {}\n'): Promise<string> {
  // Whoever asks for the same values gets the same folder, which these tests change.
  const { chart } = await deploy({ values: `${values}# ${temporaryFolder()}\n` });
  return dirname(chart);
}

/** `release` as somebody whose Helm is of this major. */
async function release(folder: string, major: HelmMajor, ...words: readonly string[]): Promise<Result> {
  const bin = temporaryFolder();
  symlinkSync(await binaryOf(major), join(bin, 'helm'));
  return releaseTo(registry, folder, words, { PATH: `${bin}:${process.env['PATH'] ?? ''}` });
}

const fieldOf = ({ stdout }: Result, field: string): unknown => Reflect.get(Object(JSON.parse(stdout)), field);

describe.each(HELM_MAJORS)('Helm %i', (major) => {
  const version = `1.${major}.0`;

  test('publishes a chart, which is installed by its digest', async () => {
    const folder = await newDeployment();
    const released = await release(folder, major, '--json', '--chart-version', version);
    expect(released).toMatchObject({ code: 0 });
    expect(fieldsOf(released.stdout).sort()).toEqual(
      documentedFields('release')
        .filter((each) => each !== 'signer')
        .sort(),
    );
    expect(JSON.parse(released.stdout)).toMatchObject({ name: 'shared-postgresql', version, already: false });
    const chart = `${registry.url}/shared-postgresql@${String(fieldOf(released, 'digest'))}`;
    const args = ['--plain-http', '--values', join(folder, 'values.yaml')];
    const { stdout, code } = await tryTemplate(major, { chart, args });
    expect(stdout).toContain('name: "mail-db-secret"');
    expect(code).toBe(0);
    const changed = chart.replace(/.{4}$/, '0000');
    expect((await tryTemplate(major, { chart: changed, args })).code).not.toBe(0);
  });

  test('publishes a version once: the same again is nothing to do, another is refused', async () => {
    const folder = await newDeployment();
    const words = ['--chart-version', `${version}-once`];
    const first = await release(folder, major, ...words, '--json');
    // Another time, other modes: the same chart.
    utimesSync(join(folder, 'chart/Chart.yaml'), 1, 1);
    chmodSync(join(folder, 'chart/Chart.yaml'), 0o600);
    const again = await release(folder, major, ...words, '--json');
    expect([fieldOf(again, 'already'), fieldOf(again, 'package')]).toEqual([true, fieldOf(first, 'package')]);
    writeFileSync(join(folder, 'chart/extra.txt'), 'x');
    const { stderr, code } = await release(folder, major, ...words);
    expect(stderr).toContain(
      `--registry: the registry has shared-postgresql ${version}-once with other contents, which whoever installed it may ask for again\n  Give another version with --chart-version.\n`,
    );
    expect(code).toBe(ENDINGS.refused.code);
  });
});

test('both Helms make one package of a chart', async () => {
  const folder = await newDeployment();
  const digests = [];
  for (const major of HELM_MAJORS)
    digests.push(fieldOf(await release(folder, major, '--json', '--chart-version', '2.0.0'), 'package'));
  expect(new Set(digests).size).toBe(1);
});

test('says what stands in the way, and publishes nothing', async () => {
  const folder = await newDeployment();
  const other = await runProgram(['release', '--registry', 'https://registry.example/charts'], { cwd: folder });
  expect(other.stderr).toContain('--registry: https://registry.example/charts is no OCI registry\n  Write it as oci://');
  expect((await release(folder, 4, '--chart-version', 'x')).stderr).toMatch(/^chart: Helm does not pack it: .*semantic version/i);
  const secure = await runProgram(['release', '--registry', registry.url], { cwd: folder });
  expect(secure.stderr).toContain('HTTP response to HTTPS client');
  writeFileSync(join(folder, 'values.yaml'), 'services:\n  mail: {}\n  orders: {}\n');
  const stale = await release(folder, 4, '--chart-version', '3.0.0');
  expect(stale.stderr).toContain('chart: the chart is not what values.yaml asks for\n  Run "npm run generate"');
  expect(stale.code).toBe(ENDINGS.refused.code);
  const pulled = temporaryFolder();
  mkdirSync(pulled, { recursive: true });
  const args = ['pull', `${registry.url}/shared-postgresql`, '--version', '3.0.0', '--plain-http', '--destination', pulled];
  expect((await helm(4, args)).code).not.toBe(0);
});
