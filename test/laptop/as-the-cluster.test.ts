import { describe, expect, test } from 'vitest';
import { configurationOf } from '../../generator/server/configuration.ts';
import { deploy } from '../tools/deployment.ts';
import { dataOf, pick } from '../tools/manifests.ts';

const services = (count: number): string =>
  `services: { ${Array.from({ length: count }, (_, index) => `s${index}: {}`).join(', ')} }\n`;

/** What is not said in it is for a person. */
const linesOf = (text = ''): string[] => text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));

describe('the server on this machine reads what the pod reads', () => {
  test.each([
    ['the defaults', services(1)],
    ['no memory limit', `resources: { limits: { memory: null } }\n${services(1)}`],
    ['little memory', `resources: { requests: { memory: 300Mi }, limits: { memory: 777.5Mi } }\n${services(1)}`],
    ['many connections', `resources: { limits: { memory: 4Gi } }\n${services(30)}`],
    ['many databases', `resources: { limits: { memory: 32Gi } }\npersistence: { size: 20Gi }\n${services(320)}`],
    [
      'settings of its own',
      `postgresql: { logStatement: ddl, settings: { shared_buffers: 64MB, log_line_prefix: '%m ' } }\n${services(1)}`,
    ],
    [
      'settings with anything in them',
      `postgresql: { settings: { my.text: "it's a \\\\ and\\ntwo lines", jit: off, random_page_cost: 1.1, work_mem: 4096 } }\n${services(1)}`,
    ],
  ])('with %s', async (_, values) => {
    // This machine's has no TLS.
    const { model, manifests } = await deploy({ values: `tls: { mode: 'off' }\n${values}` });
    const rendered = dataOf(pick(manifests, 'ConfigMap', /-config$/));
    const configuration = configurationOf(model, Infinity);
    expect(linesOf(configuration['postgresql.conf'])).toEqual(linesOf(rendered['postgresql.conf']));
    expect(configuration['pg_hba.conf']).toBe(rendered['pg_hba.conf']);
  });

  test('but takes no more memory than the machine can spare', async () => {
    const { model } = await deploy({ values: `resources: { limits: { memory: 64Gi } }\n${services(1)}` });
    expect(configurationOf(model, 4 * 1024 ** 2)['postgresql.conf']).toContain("\nshared_buffers = '1048576kB'\n");
  });
});
