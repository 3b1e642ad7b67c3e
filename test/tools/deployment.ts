import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { compareChart } from '../../generator/generate/compare.ts';
import { generate } from '../../generator/generate/generate.ts';
import { readInput } from '../../generator/generate/read.ts';
import type { Model } from '../../generator/generate/model.ts';
import { write } from '../../generator/generate/write.ts';
import { temporaryFolder } from './folders.ts';
import { template, WITH_PASSWORDS, type HelmMajor } from './helm.ts';
import { ADMIN_PASSWORD } from './initialise.ts';
import { ADMIN_SECRET, parseManifests, withSecretText, type Manifest } from './manifests.ts';
import { project } from './project.ts';

export interface Deployment {
  readonly model: Model;
  readonly chart: string;
  readonly manifests: Manifest[];
}

export interface DeploymentInput {
  /** The text of values.yaml. */
  readonly values: string;
  /** Schema files, by their path beside values.yaml. */
  readonly files?: Readonly<Record<string, string>>;
  readonly helm?: HelmMajor;
  /** Further arguments of `helm template`. */
  readonly args?: readonly string[];
}

const deployments = new Map<string, Promise<Deployment>>();

/**
 * Generates a chart from a values.yaml of its own and renders it with the real Helm, but for the admin's password, which is that of all test
 * servers. Whoever asks for the same again in a test file gets the same.
 */
export function deploy(input: DeploymentInput): Promise<Deployment> {
  const key = JSON.stringify(input);
  const deployment = deployments.get(key) ?? make(input);
  deployments.set(key, deployment);
  return deployment;
}

async function make({ values, files = {}, helm = 4, args = [] }: DeploymentInput): Promise<Deployment> {
  const folder = temporaryFolder();
  const valuesFile = join(folder, 'values.yaml');
  const chart = join(folder, 'chart');
  writeFiles(folder, { ...files, 'values.yaml': values });
  const input = readInput({ values: valuesFile, out: chart }, project);
  const { model, files: rendered } = await generate(input);
  write(chart, compareChart(input.chart, rendered), () => undefined);
  const manifests = parseManifests(await template(helm, { chart, args: ['--values', valuesFile, ...WITH_PASSWORDS, ...args] }));
  return { model, chart, manifests: withSecretText(manifests, ADMIN_SECRET, 'password', ADMIN_PASSWORD) };
}

/** What follows makes its own, as it may change the folders. */
export function forgetDeployments(): void {
  deployments.clear();
}

/** Writes texts below a folder. */
export function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}
