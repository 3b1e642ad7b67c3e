import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { certificateNoteOn, FRAMEWORKS, snippetOn, withNames } from '../../generator/commands/frameworks.ts';
import { connectionOf } from '../../generator/generate/connections.ts';
import { schemaAt } from '../tools/contract-fields.ts';
import { PROJECT } from '../tools/folders.ts';
import { violations } from '../tools/kubernetes.ts';
import { listAt, textsAt } from '../tools/manifests.ts';

/* What `snippet` prints is what the page shows, so a reader of either is told the same. */
const page = readFileSync(join(PROJECT, 'docs/connect.md'), 'utf8');
const OF_THE_PAGE = {
  container: 'user-service',
  secret: 'user-service-db-secret',
  authoritySecret: 'user-service-db-secret',
  authorityFile: '/etc/shared-postgresql/ca.crt',
  certificate: undefined,
};

test('every framework of the page is one of the command, and the other way round', () => {
  expect([...page.matchAll(/^### (\S+)/gm)].map(([, heading]) => heading)).toEqual(FRAMEWORKS);
});

describe.each(FRAMEWORKS)('%s', (framework) => {
  const { deployment, code } = snippetOn(page, framework);
  const podOf = (text: string): unknown => parse(text, { version: '1.1' });

  test('is on the page as it is printed', () => {
    expect(withNames(deployment, OF_THE_PAGE)).toBe(deployment);
    expect(page).toContain(`\n\`\`\`yaml\n${deployment}\`\`\`\n`);
    expect(page).toContain(`\n${code}\`\`\`\n`);
  });

  test('is a pod that Kubernetes takes, with keys that a Secret has and its authority mounted', () => {
    expect(violations({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' }, spec: podOf(deployment) })).toEqual([]);
    const login = { host: 'h', port: 1, database: 'd', user: 'u', password: 'p' };
    const forms = listAt(schemaAt(['connections', 'forms']), 'default').map(String);
    const keys = Object.keys(connectionOf(login, { forms, sslmode: 'require', authorityFile: '/x', templates: {} }));
    const named = [...deployment.matchAll(/ key: ([\w.-]+)/g)].map(([, key]) => key);
    expect(named.filter((key = '') => ![...keys, 'ca.crt'].includes(key))).toEqual([]);
    expect(deployment).toContain('/etc/shared-postgresql/ca.crt');
    expect(textsAt(podOf(deployment), 'containers', 0, 'volumeMounts', 0)).toMatchObject({ mountPath: '/etc/shared-postgresql' });
  });

  test('takes other names, whatever YAML would read in them', () => {
    const other = withNames(deployment, {
      container: 'on',
      secret: '123',
      authoritySecret: 'my-tls',
      authorityFile: '/certs/root.pem',
      certificate: undefined,
    });
    expect(other).not.toMatch(/user-service|shared-postgresql|\bpath: ca\.crt/);
    expect(violations({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' }, spec: podOf(other) })).toEqual([]);
    expect(other).toContain('secretName: my-tls, items: [{ key: ca.crt, path: root.pem }]');
    expect(other).toContain('mountPath: /certs,');
  });

  test('has the files of a certificate, where the forms name them, and what the code needs is said', () => {
    const certificate = { user: 'userdb_user', secret: '123' };
    const shown = withNames(deployment, { ...OF_THE_PAGE, authorityFile: '/certs/root.pem', certificate });
    expect(violations({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' }, spec: podOf(shown) })).toEqual([]);
    const key = framework === 'spring' ? 'key.der' : 'tls.key';
    expect(shown).toContain(
      `- secret: { name: "123", items: [{ key: tls.crt, path: userdb_user.tls.crt }, { key: ${key}, path: userdb_user.${key} }] }`,
    );
    expect(shown).toMatch(/ {8}- secret: \{ name: user-service-db-secret, items: \[\{ key: ca\.crt, path: root\.pem \}\] \}\n/);
    expect(textsAt(podOf(shown), 'volumes', 0, 'projected')).toMatchObject({ defaultMode: String(0o440) });
    const user = framework === 'spring' ? 'SPRING_DATASOURCE_USERNAME' : 'PGUSER';
    expect(shown).toContain(`/certs/$(${user}).${key}`);
    expect(shown.indexOf(`name: ${user},`)).toBeLessThan(shown.indexOf(`$(${user})`));
    expect(certificateNoteOn(page, framework)).toMatch(/^nothing|PGSSLCERT/);
  });
});
