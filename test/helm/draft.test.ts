import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { withDraft } from '../../generator/helm/draft.ts';
import { deploy } from '../tools/deployment.ts';
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
  await withDraft({ chart, values, comparison, model }, async (draft) => {
    expect(await template(4, { chart: draft.chart, args: ['--values', draft.values] })).toBe(whole);
    expect(existsSync(join(draft.chart, 'backup'))).toBe(needsBackups);
    for (const folder of ['engines', 'templates/engines']) {
      const entries = readdirSync(join(draft.chart, folder), { withFileTypes: true });
      expect(entries.filter((each) => each.isDirectory()).map(({ name }) => name)).toEqual([engine]);
    }
  });
});
