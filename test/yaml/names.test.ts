import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { deploy } from '../tools/deployment.ts';
import { PROJECT } from '../tools/folders.ts';
import { HELM_MAJORS, template } from '../tools/helm.ts';
import { violations } from '../tools/kubernetes.ts';
import { parseManifests, type Manifest } from '../tools/manifests.ts';

const values = readFileSync(join(PROJECT, 'test/cases/ok-names-like-numbers/values.yaml'), 'utf8');
const SECRETS = ['007', '0o7', '123', '1e', '2001-01-01', 'e1', 'true'].map((name) => `${name}-db-secret`);

describe.each(HELM_MAJORS)('Helm %i', (major) => {
  test('keeps names and texts that look like numbers, with the values given and with those of the chart', async () => {
    const { chart, manifests } = await deploy({ values, helm: major });
    for (const rendered of [manifests, parseManifests(await template(major, { chart }))]) {
      expect(rendered.flatMap(violations)).toEqual([]);
      expect(secretsOf(rendered)).toEqual(SECRETS);
      expect(rendered.find(({ metadata }) => metadata.name === '123-db-secret')?.metadata.annotations).toMatchObject({
        ...{ '010': '1:30', n1: '18 #x' },
      });
    }
  });
});

function secretsOf(manifests: readonly Manifest[]): string[] {
  const names = manifests.filter(({ kind }) => kind === 'Secret').map(({ metadata }) => metadata.name);
  return names.filter((name) => SECRETS.includes(name)).sort();
}
