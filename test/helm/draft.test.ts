import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { list } from 'tar';
import { expect, test } from 'vitest';
import { withDraft } from '../../generator/helm/draft.ts';
import { deploy } from '../tools/deployment.ts';
import { temporaryFolder } from '../tools/folders.ts';
import { template } from '../tools/helm.ts';

const SERVICES =
  'auth: { passwords: derived, seed: ' + 's'.repeat(40) + ' }\ntls: { mode: "off" }\nservices: { mail: {}, orders: {} }\n';
const UPGRADED = "postgresql: { version: '18', upgradeFrom: { version: '15' } }\n";
const OPERATED = 'engine: { kind: cloudnative-pg }\n';
const TWO = 'services: { mail: {}, orders: {} }\n';
const KEPT = `auth: { passwords: deploy }
tls: { issueClientCertificates: true }
platformLogins: { exporter: {} }
services:
  mail: { roles: { reader: { connectionLimit: 1 } }, clientCertificate: mail-certificate, labels: { team: a } }
  orders: { namespace: shop, rotation: 1, workMem: null }
  parcels: { extensions: null }
`;
const BACKUPS = "backup: { schedule: '@daily', pointInTime: { enabled: true } }\nprovisioning: { schedule: '@hourly' }\n";

function pathsIn(archive: string): string[] {
  const paths: string[] = [];
  list({ file: archive, sync: true, onReadEntry: ({ path }) => paths.push(path) });
  return paths;
}

test.each([
  ['nothing else', SERVICES, 'pod', false],
  ['backups', `${BACKUPS}${SERVICES}`, 'pod', true],
  ['an upgrade', `${UPGRADED}${SERVICES}`, 'pod', true],
  ['Secrets that it keeps', KEPT, 'pod', false],
  ['Secrets that it keeps, and backups', `${BACKUPS}${KEPT}`, 'pod', true],
  ['an operator', `auth: { passwords: derived, seed: ${'s'.repeat(40)} }\n${OPERATED}${TWO}`, 'cloudnative-pg', false],
  ['Secrets that it keeps for an operator', `auth: { passwords: deploy }\n${OPERATED}${TWO}`, 'cloudnative-pg', false],
])('what deploy installs is the chart to the letter, and lighter, with %s', async (_, text, engine, needsBackups) => {
  const { chart, model } = await deploy({ values: text });
  const values = join(dirname(chart), 'values.yaml');
  const whole = await template(4, { chart, args: ['--values', values] });
  const comparison = { changed: [], unchanged: [], stale: [] };
  await withDraft({ chart, values, comparison, model }, async (begun) => {
    const draft = begun.finish();
    expect(await template(4, { chart: draft.chart, args: ['--values', draft.values] })).toBe(whole);
    const paths = pathsIn(draft.chart);
    expect(paths.some((path) => path.startsWith('chart/backup/'))).toBe(needsBackups);
    expect(paths).not.toContain('chart/restarts.json');
    for (const folder of ['chart/engines/', 'chart/templates/engines/']) {
      const below = paths.filter((path) => path.startsWith(folder)).map((path) => path.slice(folder.length).split('/'));
      expect(new Set(below.filter(({ length }) => length > 1).map(([name]) => name))).toEqual(new Set([engine]));
    }
  });
});

test('what Helm would read of the folder is in the archive, and nothing else', async () => {
  const { chart, model } = await deploy({ values: `${SERVICES}# ${temporaryFolder()}\n` });
  const values = join(dirname(chart), 'values.yaml');
  const long = `schema/${'a'.repeat(120)}/${'b'.repeat(150)}.txt`;
  const elsewhere = temporaryFolder();
  writeFileSync(join(elsewhere, 'linked.txt'), 'linked');
  for (const folder of ['.git', 'extra', dirname(long)]) mkdirSync(join(chart, folder), { recursive: true });
  symlinkSync(elsewhere, join(chart, 'extra/folder'));
  for (const path of ['.git/config', '.DS_Store', 'extra/.DS_Store', 'extra/a.tgz', 'extra/values.yaml.writing', long])
    writeFileSync(join(chart, path), 'x');
  const read = '{{ range $path, $_ := .Files.Glob "**" }}{{ printf "# %s\\n" $path }}{{ end }}';
  writeFileSync(join(chart, 'templates/list.yaml'), `list: ok\n${read}`);
  const told = async (from: string): Promise<string[]> =>
    (await template(4, { chart: from, args: ['--values', values, '--show-only', 'templates/list.yaml'] })).split('\n');
  const isIdleHere = /README|known-settings|values\.schema|connections\/kept|^# (backup|upgrade|engines)\//;
  await withDraft({ chart, values, comparison: { changed: [], unchanged: [], stale: ['extra/b.txt'] }, model }, async (begun) => {
    const archived = await told(begun.finish([{ path: 'more.json', content: '{}' }]).chart);
    expect(archived).toEqual(expect.arrayContaining([`# ${long}`, '# extra/folder/linked.txt', '# more.json']));
    const [inFolder, inArchive] = [await told(chart), archived].map((lines) => lines.filter((line) => !isIdleHere.test(line)));
    expect(inArchive?.filter((line) => line !== '# more.json')).toEqual(inFolder);
  });
});
