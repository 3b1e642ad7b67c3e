import { expect, test } from 'vitest';
import { CHECKS } from '../../generator/cluster/checks.ts';
import { ClusterError } from '../../generator/cluster/cluster-error.ts';
import { examine, Unseen, type Patient } from '../../generator/cluster/doctor.ts';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT } from '../tools/folders.ts';

const nobody = (): never => {
  throw new Unseen('nobody is there');
};
const PATIENT: Patient = {
  where: { release: 'r' },
  model: { services: [], platformLogins: [] },
  isElsewhere: false,
  deployment: nobody,
  service: nobody,
  state: nobody,
  seen: nobody,
  asAdmin: nobody,
};

test('what was found, what is well and what nobody could look at are told apart', async () => {
  const heard: string[] = [];
  const diagnoses = await examine(
    PATIENT,
    [
      { name: 'a', look: () => Promise.resolve([]) },
      { name: 'b', look: () => Promise.resolve(['b is wrong; mend it']) },
      { name: 'c', look: ({ deployment }) => deployment().then(() => []) },
      { name: 'd', look: () => Promise.reject(new ClusterError('kubectl: no', 'Look.')) },
    ],
    (check) => heard.push(check),
  );
  expect(heard).toEqual(['a', 'b', 'c', 'd']);
  expect(diagnoses).toEqual([
    { check: 'a', outcome: 'well', sentences: [] },
    { check: 'b', outcome: 'found', sentences: ['b is wrong; mend it'] },
    { check: 'c', outcome: 'not looked at', sentences: ['nobody is there'] },
    { check: 'd', outcome: 'not looked at', sentences: ['kubectl: no'] },
  ]);
});

test('a fault of the program is no finding', async () => {
  const broken = { name: 'a', look: () => Promise.reject(new TypeError('x')) };
  await expect(examine(PATIENT, [broken], () => undefined)).rejects.toThrow(TypeError);
});

test('the page on troubleshooting has a row for each check, in their order', () => {
  const page = readFileSync(join(PROJECT, 'docs/troubleshooting.md'), 'utf8');
  const [, section = ''] = page.split('## What doctor looks at');
  const rows = [...(section.split('\n## ')[0] ?? '').matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name);
  expect(rows).toEqual(CHECKS.map(({ name }) => name));
});

test('a login that is called like a certificate says nothing of one', async () => {
  const plain = 'reported: certificate_user is connected without TLS';
  const ends = "WARNING: the server's certificate ends on 2026-11-24 12:00 UTC, and nobody renewed it: look";
  const usage = {
    server: { address: '', version: '', since: '' },
    databases: [],
    bytes: 0,
    connections: { open: 0, most: 0 },
    full: false,
    admin: { name: 'postgres', rights: ['SUPERUSER'] },
    reported: [plain, ends],
  };
  const state = { pods: [], volumes: [], jobs: [], schedules: [] };
  const [check] = CHECKS.filter(({ name }) => name === 'certificate');
  expect(await check?.look({ ...PATIENT, seen: () => Promise.resolve({ state, usage, services: [] }) })).toEqual([ends]);
});
