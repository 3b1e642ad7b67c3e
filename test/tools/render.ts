import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { CACHE, PROJECT, VALUES } from './folders.ts';
import { fetchHelm, HELM_MAJORS, isOwn, template, WITH_PASSWORDS, type HelmMajor } from './helm.ts';
import { parseManifests } from './manifests.ts';
import { violations } from './kubernetes.ts';

/*
 * Renders the reference deployment with the real Helm and checks every manifest against Kubernetes' models. The passwords
 * in the result are made up on the spot and belong to nothing.
 */
const major = await findHelm();
if (major === undefined) process.exit();
const text = await template(major, { args: ['--values', VALUES, ...WITH_PASSWORDS] });
const manifests = parseManifests(text);
const problems = manifests.flatMap(violations);
if (problems.length > 0) throw new Error(problems.join('\n'));

const file = join(CACHE, 'reference-deployment.yaml');
mkdirSync(CACHE, { recursive: true });
writeFileSync(file, text, { mode: 0o600 });
for (const { kind, metadata } of manifests) console.log(`${kind.padEnd(22)} ${metadata.name}`);
console.log(`\n${manifests.length} manifests, all as Kubernetes knows them, in ${relative(PROJECT, file)}`);

/** The Helm to render with: the newest that can be had, or else the user's own. Without any it says so, and what would do. */
async function findHelm(): Promise<HelmMajor | undefined> {
  const newest = 4;
  const problem = await fetchHelm(newest).then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
  if (problem === undefined) return newest;
  for (const each of HELM_MAJORS) if (await isOwn(each)) return each;
  console.log(`nothing is rendered here, and all else goes on: ${problem.split('\n')[0] ?? ''}`);
  return undefined;
}
