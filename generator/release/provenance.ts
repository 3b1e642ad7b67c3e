import { purlOfPackage, type Installed } from './bill-of-materials.ts';
import type { Claim } from './statement.ts';

/** What a chart was built of. */
export interface Source {
  /** Of git. */
  readonly commit: string;
  /** Where it comes from, if git knows that: without a password. */
  readonly remote?: string;
}

/** A build, as it is told to whoever installs what came of it. */
export interface Build {
  readonly chart: { readonly name: string; readonly version: string };
  readonly values: string;
  readonly source: Source;
  /** The generator. */
  readonly generator: Installed;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** What was built of which commit, by whom: SLSA's provenance, version 1. What signs it is what built it, so it proves no more than the key does. */
export function provenanceOf({ chart, values, source, generator, environment }: Build): Claim {
  const { builder, invocationId } = builderIn(environment);
  const { commit, remote } = source;
  const uri = remote === undefined ? {} : { uri: `git+${remote}` };
  return {
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: 'urn:shared-postgresql:release:1',
        externalParameters: { chart, values, ...(remote === undefined ? {} : { repository: remote }) },
        resolvedDependencies: [
          { name: 'source', ...uri, digest: { gitCommit: commit } },
          { name: 'generator', uri: purlOfPackage(generator) },
        ],
      },
      runDetails: {
        builder: { id: builder },
        ...(invocationId === undefined ? {} : { metadata: { invocationId } }),
      },
    },
  };
}

/** Who builds: the workflow of a forge by the variables that GitHub sets, and Gitea and Forgejo as well; otherwise a person. */
function builderIn(environment: Build['environment']): { readonly builder: string; readonly invocationId?: string } {
  const [server, workflow, repository, run, attempt] = [
    'GITHUB_SERVER_URL',
    'GITHUB_WORKFLOW_REF',
    'GITHUB_REPOSITORY',
    'GITHUB_RUN_ID',
    'GITHUB_RUN_ATTEMPT',
  ].map((name) => environment[name]);
  if (!server || !workflow || !repository) return { builder: 'urn:shared-postgresql:by-hand' };
  return {
    builder: `${server}/${workflow}`,
    invocationId: `${server}/${repository}/actions/runs/${run ?? ''}/attempts/${attempt ?? '1'}`,
  };
}
