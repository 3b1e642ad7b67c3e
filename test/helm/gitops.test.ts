import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { valueAt } from '../../generator/generate/fields.ts';
import { CHART, PROJECT, temporaryFolder, VALUES } from '../tools/folders.ts';
import { HELM_MAJORS, template } from '../tools/helm.ts';
import { at, parseManifests, pick } from '../tools/manifests.ts';

const blocks = [...readFileSync(join(PROJECT, 'docs/gitops.md'), 'utf8').matchAll(/^```yaml\n([^]*?)^```/gm)].map(
  ([, text = '']) => text,
);

test.each(HELM_MAJORS)('Helm %i renders what the page gives Argo CD, without a cluster, with a Job that stays', async (major) => {
  const application: unknown = parse(blocks[0] ?? '');
  const given = join(temporaryFolder(), 'given.yaml');
  writeFileSync(given, JSON.stringify(valueAt(application, ['spec', 'source', 'helm', 'valuesObject'])));
  const args = ['--values', VALUES, '--values', given, '--skip-tests'];
  const manifests = parseManifests(await template(major, { chart: CHART, args }));
  expect(at(pick(manifests, 'Job'), 'spec', 'ttlSecondsAfterFinished')).toBe(2147483647);
  expect(manifests.filter(({ kind }) => kind === 'ExternalSecret').length).toBeGreaterThan(3);
  // A hook would be Argo CD's to run at its own time.
  expect(manifests.filter(({ metadata }) => JSON.stringify(metadata.annotations ?? {}).includes('hook'))).toEqual([]);
});

test('what the page gives Flux is read as YAML, and names the chart by a digest', () => {
  const documents = (blocks[1] ?? '').split(/^---\n/m).map((text): unknown => parse(text));
  expect(documents.map((document) => valueAt(document, ['kind']))).toEqual(['OCIRepository', 'HelmRelease']);
  expect(valueAt(documents[0], ['spec', 'ref', 'digest'])).toMatch(/^sha256:/);
  expect(valueAt(documents[1], ['spec', 'chartRef', 'name'])).toBe(valueAt(documents[0], ['metadata', 'name']));
});
