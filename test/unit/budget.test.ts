import { describe, expect, test } from 'vitest';
import { parseValues } from '../../generator/generate/parse.ts';
import { divide, type Budget } from '../../generator/generate/validate/budget.ts';
import { leastLimit } from '../../generator/generate/validate/budget/memory.ts';
import { stepAbove } from '../../generator/generate/validate/budget/sum.ts';
import { checkContract, type CompleteValues } from '../../generator/generate/validate/contract.ts';
import { project } from '../tools/project.ts';

const { contract } = project;

function read(text: string): CompleteValues {
  const { values, problems } = checkContract(parseValues('values.yaml', text), contract);
  expect(problems).toEqual([]);
  return values;
}

const budgetOf = (text: string): Budget => divide(read(text));

const services = (count: number): string =>
  `services: {${Array.from({ length: count }, (_, number) => ` s${number}: {}`).join(',')} }
`;

test('steps are never below what they are for, and few', () => {
  expect([1, 200, 201, 300, 301, 400, 401, 1000, 20010].map((count) => stepAbove(count, 200))).toEqual([
    200, 200, 300, 300, 400, 400, 600, 1200, 25600,
  ]);
  const counts = Array.from({ length: 50_000 }, (_, count) => count);
  const isFit = (count: number, step: number): boolean => step >= count && step <= Math.max(200, count * 1.5);
  expect(counts.filter((count) => !isFit(count, stepAbove(count, 200)))).toEqual([]);
});

describe('connections', () => {
  test('follow from the services, at least 200, unless they are given', () => {
    expect(budgetOf(services(3)).server.maxConnections).toBe(200);
    expect(budgetOf(services(10)).server.maxConnections).toBe(300);
    expect(budgetOf(`postgresql: { maxConnections: 555 }\n${services(10)}`).server.maxConnections).toBe(555);
  });

  test('are never more than PostgreSQL accepts', () => {
    const { connections } = budgetOf('services: { a: { connectionLimit: 262143 }, b: {} }');
    expect(connections).toMatchObject({ needed: 262173, available: 262000 });
  });
});

describe('memory', () => {
  test('holds for every number of services up to the connections that are accepted, with the settings that follow', () => {
    for (const limit of ['1Gi', '2Gi', '16Gi']) {
      for (const count of [0, 3, 9]) {
        const { memory } = budgetOf(`resources: { limits: { memory: ${limit} } }\n${services(count)}`);
        expect(memory?.needed, `${count} services in ${limit}`).toBeLessThanOrEqual(memory?.available ?? 0);
      }
    }
  });

  test('adding a service changes no setting before a step is crossed', () => {
    for (const [from, to] of [
      [0, 8],
      [9, 13],
      [101, 118],
    ] as const) {
      const room = 'resources: { limits: { memory: 64Gi } }\n';
      expect(budgetOf(room + services(from)).server).toEqual(budgetOf(room + services(to)).server);
    }
  });

  test('counts the sessions, so that 200 connections do not fit 64Mi', () => {
    const { memory } = budgetOf(`resources: { limits: { memory: 64Mi } }\n${services(3)}`);
    expect(memory?.needed).toBeGreaterThan(memory?.available ?? 0);
  });

  test.each(['abc', '', '-1', '1.5', 'Infinity', '1e999'])('is a number with autovacuum_max_workers: %j', (workers) => {
    const { memory, rows } = budgetOf(`postgresql: { settings: { autovacuum_max_workers: '${workers}' } }\n${services(1)}`);
    expect(Number.isFinite(memory?.needed)).toBe(true);
    expect(JSON.stringify(rows)).not.toMatch(/NaN|Infinity/);
  });

  test('the limit that is proposed is the least that adds up', () => {
    for (const count of [14, 1000]) {
      const text = services(count);
      const least = leastLimit(read(text), budgetOf(text).connections) / 1024;
      const at = (mebibytes: number): Budget['memory'] =>
        budgetOf(`resources: { limits: { memory: ${mebibytes}Mi } }\n${text}`).memory;
      expect(at(least)?.needed).toBeLessThanOrEqual(at(least)?.available ?? 0);
      expect(at(least - 256)?.needed).toBeGreaterThan(at(least - 256)?.available ?? 0);
    }
  });

  // In steps of 256 Mi from the bottom it would take hours.
  test('and it is found at once, however far away', () => {
    const text = 'services: { a: { workMem: 243486TB } }';
    const least = leastLimit(read(text), budgetOf(text).connections);
    expect(least / 1024 ** 3).toBeGreaterThan(243486 * 3);
    expect(least / 1024 ** 3).toBeLessThan(243486 * 3 + 1);
  });

  test('no number is too long to be counted', () => {
    const text = `postgresql: { settings: { shared_buffers: ${'9'.repeat(400)}TB } }\n${services(1)}`;
    expect(leastLimit(read(text), budgetOf(text).connections)).toBeLessThan(Infinity);
  });
});

describe('disk', () => {
  test('some 500 empty databases fill the default claim', () => {
    const fits = (count: number): boolean => {
      const { disk } = budgetOf(services(count));
      return disk !== undefined && disk.needed <= disk.available;
    };
    expect([100, 490, 510].map(fits)).toEqual([true, true, false]);
  });

  test('a thousand take what was measured: 9.1 GB', () => {
    expect(((budgetOf(services(1000)).disk?.needed ?? 0) * 1024) / 1e9).toBeCloseTo(9.3, 0);
  });

  test("a claim of one's own has no end that is known, and max_wal_size bounds what is written ahead", () => {
    const { disk } = budgetOf(
      `persistence: { existingClaim: mine, size: 1Mi }\npostgresql: { settings: { max_wal_size: 32 } }\n${services(20)}`,
    );
    expect(disk?.available).toBe(Infinity);
    expect(disk?.rows[0]?.result).toMatch(/^\d+ MB of a claim of yours$/);
    expect(disk?.rows[0]?.arithmetic).toMatch(/ \+ 42 MB of WAL$/);
  });
});

test('a server with an archive bounds what it keeps for it, and from 17 on notes which blocks change', () => {
  const settingsOf = (version: number): string[] =>
    budgetOf(
      `postgresql: { version: '${version}' }\nbackup: { schedule: '@daily', pointInTime: { enabled: true } }\nservices: { a: {} }\n`,
    ).server.settings.map(({ setting, value }) => `${setting} = ${value}`);
  expect(settingsOf(16)).toEqual(['max_slot_wal_keep_size = 1024MB']);
  expect(settingsOf(17)).toEqual(['max_slot_wal_keep_size = 1024MB', 'summarize_wal = on']);
});

describe('a server that somebody else runs', () => {
  const external = 'engine: { kind: external }\n';

  test('has memory and disk of its own, of which nothing is taken here', () => {
    const { memory, disk, rows } = budgetOf(`${external}${services(120)}`);
    expect({ memory, disk }).toEqual({ memory: undefined, disk: undefined });
    expect(rows.map(({ what }) => what)).toEqual(['connections']);
  });

  test('has connections of its own, unless the values say how many', () => {
    const rowOf = (text: string): string | undefined => budgetOf(`${external}${text}${services(1)}`).rows[0]?.result;
    expect(rowOf('')).toBe('of its max_connections');
    expect(rowOf('postgresql: { maxConnections: 90 }\n')).toBe('of 90');
  });
});
