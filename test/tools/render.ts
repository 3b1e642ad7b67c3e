import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { CACHE, PROJECT, VALUES } from './folders.ts';
import { fetchHelm, template } from './helm.ts';
import { parseManifests } from './manifests.ts';
import { violations } from './kubernetes.ts';

/*
 * Renders the reference deployment with the real Helm and checks every manifest against Kubernetes' models. The passwords
 * in the result are made up on the spot and belong to nothing.
 */
await fetchHelm(4);
const text = await template(4, { args: ['--values', VALUES] });
const manifests = parseManifests(text);
const problems = manifests.flatMap(violations);
if (problems.length > 0) throw new Error(problems.join('\n'));

const file = join(CACHE, 'reference-deployment.yaml');
mkdirSync(CACHE, { recursive: true });
writeFileSync(file, text, { mode: 0o600 });
for (const { kind, metadata } of manifests) console.log(`${kind.padEnd(22)} ${metadata.name}`);
console.log(`\n${manifests.length} manifests, all as Kubernetes knows them, in ${relative(PROJECT, file)}`);
