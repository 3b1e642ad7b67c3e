import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { deploy } from '../tools/deployment.ts';
import { PROJECT, VALUES } from '../tools/folders.ts';
import { HELM_MAJORS, template } from '../tools/helm.ts';
import { evaluated } from '../tools/helm-yaml.ts';
import { violations } from '../tools/kubernetes.ts';
import { dataOf, parseManifests, pick, textsAt } from '../tools/manifests.ts';

/*
 * With a Secret of one's own, the forms are written by whatever writes it. The templates that the page has for these tools give what the chart itself
 * would write, whatever the password.
 */
const PASSWORDS = ['Plain123', `p ä:+/?#[]@!$&'()*,;=%"\\\`{{ .x }}$(id)`, `'"\\`];

const example = (name: string): string => readFileSync(join(PROJECT, 'docs/examples', name), 'utf8');

/** What the chart writes for user-service with this password, but for the authority. */
async function written(password: string): Promise<Record<string, string>> {
  const { chart } = await deploy({ values: readFileSync(VALUES, 'utf8') });
  writeFileSync(join(chart, 'passwords.json'), JSON.stringify({ userdb_user: password }));
  const manifests = parseManifests(await template(4, { chart, args: ['--namespace', 'default'] }));
  const { 'ca.crt': _, ...texts } = dataOf(pick(manifests, 'Secret', 'user-service-db-secret'));
  return texts;
}

let all: readonly Record<string, string>[] = [];

beforeAll(async () => {
  for (const password of PASSWORDS) all = [...all, await written(password)];
});

test.each(HELM_MAJORS)(
  'External Secrets with a store of one’s own writes what the chart writes, as Helm %i reads it',
  async (major) => {
    const texts = textsAt(parse(example('external-secret.yaml')), 'spec', 'target', 'template', 'data');
    const contexts = PASSWORDS.map((password) => ({ password }));
    expect(await evaluated(major, texts, contexts)).toEqual(all);
  },
);

test('and the manifest is what the operator knows', () => {
  const [manifest] = parseManifests(example('external-secret.yaml').replace('metadata:\n', 'metadata:\n  namespace: default\n'));
  expect(manifest && violations(manifest)).toEqual([]);
});

test('the certificate that a login shows is one that cert-manager knows', () => {
  const [manifest] = parseManifests(example('client-certificate.yaml'));
  expect(manifest && violations(manifest)).toEqual([]);
  const [misspelt] = parseManifests(example('client-certificate.yaml').replace('rotationPolicy', 'rotationPolice'));
  expect(misspelt && violations(misspelt)).toEqual([expect.stringContaining('rotationPolice')]);
});

test.each(HELM_MAJORS)('Vault Agent writes what the chart writes, as Helm %i reads it', async (major) => {
  const annotations = textsAt(parse(example('vault-agent.yaml')), 'metadata', 'annotations');
  const named = Object.entries(annotations).flatMap(([key, text]): [string, string][] => {
    const form = /agent-inject-template-(.*)$/.exec(key)?.[1];
    // Its own names for what Sprig has, and for what it reads.
    return form === undefined
      ? []
      : [[form, text.replace(/with secret ".*?"/, 'with .vault').replaceAll('replaceAll', 'replace')]];
  });
  expect(named.length).toBeGreaterThan(3);
  const texts: Record<string, string> = Object.fromEntries(named);
  const contexts = PASSWORDS.map((password) => ({ vault: { Data: { data: { password } } } }));
  const expected = all.map((forms) => Object.fromEntries(Object.keys(texts).map((key) => [key, forms[key]])));
  expect(await evaluated(major, texts, contexts)).toEqual(expected);
});
