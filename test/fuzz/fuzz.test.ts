import fc from 'fast-check';
import { describe, expect, inject, test } from 'vitest';
import { temporaryFolder } from '../tools/folders.ts';
import { casesOf, knobsOf, type Case } from './case.ts';
import { HELM_PROCESSES } from './helms.ts';
import { hunt, type Prey } from './hunt.ts';
import { benchIn, judge, judgeKnobs } from './judge.ts';
import { RealServers } from './server.ts';

/* A short look; npm run fuzz -- --runs 100000 takes a long one. */
const RUNS = 60;
const SEED = 1;

async function all<T>(preys: AsyncGenerator<Prey<T>>): Promise<string[]> {
  const kinds: string[] = [];
  for await (const { find, input } of preys) kinds.push(`${find.message}\n${JSON.stringify(input)}`);
  return kinds;
}

describe('what generate accepts', () => {
  test('Helm, Kubernetes and PostgreSQL accept too, unchanged', async () => {
    const bench = await benchIn(temporaryFolder(), HELM_PROCESSES);
    const servers = new RealServers(inject('postgres'));
    let survivors = 0;
    const judgeOne = async (one: Case): Promise<void> => {
      const reached = await judge(one, bench, { helm: true });
      if (typeof reached === 'string') return;
      survivors += 1;
      await servers.check(reached);
    };
    expect(await all(hunt({ inputs: casesOf(bench.project.contract), judge: judgeOne, runs: RUNS, seed: SEED }))).toEqual([]);
    // Where none comes to the last judge, that one finds nothing.
    expect(survivors).toBeGreaterThan(RUNS / 10);
  });

  test('and knobs that reach Helm alone are refused by it, or good', async () => {
    const bench = await benchIn(temporaryFolder(), HELM_PROCESSES);
    const judgeOne = async (one: Case): Promise<void> => {
      await judgeKnobs(one, bench);
    };
    const found = await all(hunt({ inputs: knobsOf(bench.project.contract), judge: judgeOne, runs: RUNS / 2, seed: SEED }));
    expect(found).toEqual([]);
  });
});

test('an error that is no find ends the hunt: nothing was judged after it', async () => {
  const judgeOne = (input: number): Promise<void> => (input > 0 ? Promise.reject(new Error('Helm is gone')) : Promise.resolve());
  await expect(all(hunt({ inputs: fc.nat(), judge: judgeOne, runs: 10, seed: SEED }))).rejects.toThrow('Helm is gone');
});
