import type { Model } from '../generate/model.ts';
import type { Connection } from '../server/session.ts';
import { ClusterError } from './cluster-error.ts';
import type { ClusterDeployment, ReleaseName } from './deployment.ts';
import type { Seen } from './judge.ts';
import type { ServicePort } from './kubectl.ts';

/** A deployment that is looked at. What it has is asked for once, and throws where that cannot be had. */
export interface Patient {
  readonly where: ReleaseName;
  readonly model: Pick<Model, 'services' | 'platformLogins'>;
  /** Whether somebody else runs its server, elsewhere than in the cluster. */
  readonly isElsewhere: boolean;
  readonly deployment: () => Promise<ClusterDeployment>;
  /** The Service that leads to its server. */
  readonly service: () => Promise<ServicePort>;
  /** Without what its server says. */
  readonly state: () => Promise<Seen>;
  /** With it. */
  readonly seen: () => Promise<Seen>;
  /** Its server, as the admin. */
  readonly asAdmin: <T>(use: (connection: Connection) => Promise<T>) => Promise<T>;
}

/** One thing that can be wrong. docs/troubleshooting.md has a row for each. */
export interface Check {
  readonly name: string;
  /** Whether it is about a server in the cluster alone. */
  readonly isInside?: true;
  /** A sentence for each thing that is wrong, with what to do; none when it is well. Throws when that cannot be told. */
  readonly look: (patient: Patient) => Promise<readonly string[]>;
}

/** What came of a check. */
export interface Diagnosis {
  readonly check: string;
  readonly outcome: 'well' | 'found' | 'not looked at' | 'left out';
  /** What was found, or why nobody could look, or had to. */
  readonly sentences: readonly string[];
}

/** Thrown by a check that cannot be made: why, as a sentence. */
export class Unseen extends Error {}

/** Looks at everything, one after the other; hears of each before. */
export async function examine(patient: Patient, checks: readonly Check[], hear: (check: string) => void): Promise<Diagnosis[]> {
  const diagnoses: Diagnosis[] = [];
  for (const { name, look, isInside } of checks) {
    hear(name);
    diagnoses.push({ check: name, ...(isInside && patient.isElsewhere ? LEFT_OUT : await outcomeOf(() => look(patient))) });
  }
  return diagnoses;
}

const LEFT_OUT = {
  outcome: 'left out',
  sentences: ['it is about a server in the cluster, and somebody else runs this one'],
} as const;

async function outcomeOf(look: () => Promise<readonly string[]>): Promise<Pick<Diagnosis, 'outcome' | 'sentences'>> {
  try {
    const sentences = await look();
    return { outcome: sentences.length === 0 ? 'well' : 'found', sentences };
  } catch (error) {
    if (error instanceof Unseen) return { outcome: 'not looked at', sentences: [error.message] };
    if (error instanceof ClusterError) return { outcome: 'not looked at', sentences: [error.what] };
    throw error;
  }
}
