import { afterAll, beforeAll, type TestContext } from 'vitest';
import { findCluster, type Cluster } from './control-plane.ts';

/** The cluster that the tests of a file share, for each of them; one without is skipped, and says why there is none. */
export function shareCluster(): (context: TestContext) => Cluster {
  let found: Cluster | string = '';
  beforeAll(async () => {
    found = await findCluster();
  }, 3_600_000);
  afterAll(async () => {
    if (typeof found !== 'string') await found.end();
  });
  return (context) => (typeof found === 'string' ? context.skip(found) : found);
}
