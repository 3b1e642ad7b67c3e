import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { compareChart } from '../../generator/generate/compare.ts';
import { generate } from '../../generator/generate/generate.ts';
import { readInput, type InputWithChart } from '../../generator/generate/read.ts';
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

async function make({ helm = 4, args = [], ...texts }: DeploymentInput): Promise<Deployment> {
  const { valuesFile, chart, input } = inFolder(texts);
  const { model, files: rendered } = await generate(input);
  write(chart, compareChart(input.chart, rendered), () => undefined);
  const manifests = parseManifests(await template(helm, { chart, args: ['--values', valuesFile, ...WITH_PASSWORDS, ...args] }));
  return { model, chart, manifests: withSecretText(manifests, ADMIN_SECRET, 'password', ADMIN_PASSWORD) };
}

/** What is said to an input that generate refuses, without Helm; undefined for one that it takes. */
export async function refusalOf(input: DeploymentInput): Promise<string | undefined> {
  try {
    await generate(inFolder(input).input);
    return undefined;
  } catch (error) {
    return String(error);
  }
}

/** Reads texts as they lie in a folder of their own. */
function inFolder({ values, files = {} }: DeploymentInput): {
  valuesFile: string;
  chart: string;
  input: InputWithChart;
} {
  const folder = temporaryFolder();
  const [valuesFile, chart] = [join(folder, 'values.yaml'), join(folder, 'chart')];
  writeFiles(folder, { ...files, 'values.yaml': values });
  return { valuesFile, chart, input: readInput({ values: valuesFile, out: chart }, project) };
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
