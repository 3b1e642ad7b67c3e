import fc from 'fast-check';
import { Find } from './find.ts';

/** A kind of find with its smallest input. */
export interface Prey<T> {
  readonly find: Find;
  readonly input: T;
  /** What repeats it. */
  readonly seed: number;
  readonly path: string;
}

export interface Hunt<T> {
  readonly inputs: fc.Arbitrary<T>;
  /** Throws Find. */
  readonly judge: (input: T) => Promise<void>;
  readonly runs: number;
  readonly seed: number;
  /** Of a find: where it is among the runs of its seed, shrunk. */
  readonly path?: string;
}

/** A find is made smaller at most this many times: each may cost a run of Helm. */
const MOST_TRIES = 250;

/** Tries inputs until so many are done. Every kind of find is made small once and given, then looked over. Throws what judging throws beside finds. */
export async function* hunt<T>({ inputs, judge, runs, seed, path }: Hunt<T>): AsyncGenerator<Prey<T>> {
  const seen = new Set<string>();
  let done = 0;
  for (let next = seed; done < runs; next += 1) {
    const prey = await nextPrey({ inputs, judge, runs: runs - done, seed: next, path }, seen);
    done += prey.runs;
    if (prey.found === undefined) return;
    seen.add(prey.found.find.kind);
    yield prey.found;
    if (path !== undefined) return;
  }
}

async function nextPrey<T>(hunt: Hunt<T>, seen: ReadonlySet<string>): Promise<{ runs: number; found?: Prey<T> }> {
  let smallest: Find | undefined;
  let failure: Error | undefined;
  let tries = 0;
  const isBroken = async (input: T): Promise<void> => {
    if (failure !== undefined || (smallest !== undefined && (tries += 1) > MOST_TRIES)) return;
    const find = await attempt(() => hunt.judge(input)).catch((error: unknown) => {
      failure = error instanceof Error ? error : new Error(String(error));
      throw failure;
    });
    // While one kind is made smaller, others do not count.
    if (find === undefined || seen.has(find.kind) || (smallest !== undefined && find.kind !== smallest.kind)) return;
    smallest = find;
    throw find;
  };
  const property = fc.asyncProperty(hunt.inputs, isBroken);
  const { path = '' } = hunt;
  const details = await fc.check(property, { numRuns: hunt.runs, seed: hunt.seed, path });
  // fast-check takes any error for a counterexample.
  if (failure !== undefined) throw failure;
  if (smallest === undefined || details.counterexample === null) return { runs: details.numRuns };
  const [input] = details.counterexample;
  return { runs: details.numRuns, found: { find: smallest, input, seed: hunt.seed, path: details.counterexamplePath } };
}

async function attempt(judge: () => Promise<void>): Promise<Find | undefined> {
  try {
    await judge();
    return undefined;
  } catch (error) {
    if (error instanceof Find) return error;
    throw error;
  }
}
