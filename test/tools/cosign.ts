import { findBuilt, findOrBuild, type Found } from './go-programs.ts';

const COSIGN = { name: 'cosign', package: 'github.com/sigstore/cosign/v3/cmd/cosign', version: 'v3.1.3' };

/** cosign, if it was built before; COSIGN=build has it built, which takes ten minutes and more. */
export async function findCosign(): Promise<Found> {
  if (process.env['COSIGN'] === 'build') return findOrBuild(COSIGN);
  const built = findBuilt(COSIGN);
  return 'program' in built ? built : { missing: `${built.missing}: COSIGN=build has Go build it` };
}
