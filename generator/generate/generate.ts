import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { buildModel, type Model } from './model.ts';
import { parseValues } from './parse.ts';
import { InputError, sortProblems } from './problem.ts';
import { CHART, findUnusedFolders, readHandWritten, readSchemaFolders, readSource, readTemplates } from './read.ts';
import { render, unclaimedTwice } from './render/index.ts';
import type { OutputFile } from './render/output.ts';
import { contractMark, renderTypes, TYPES_PATH } from './render/types.ts';
import { problemOf } from './validate/finding.ts';
import { divide } from './validate/budget.ts';
import { checkContract } from './validate/contract.ts';
import { settleNames } from './validate/names.ts';
import { loadRules } from './validate/load-rules.ts';
import { checkSchemaFiles } from './validate/schema-files.ts';

/** Everything that a values.yaml becomes, before anything is written. */
export interface Generated {
  readonly model: Model;
  readonly files: readonly OutputFile[];
  /** What is worth a look, but no problem. */
  readonly notes: readonly string[];
}

export interface GenerateOptions {
  readonly valuesFile: string;
  /** The chart's folder. */
  readonly out: string;
  /** Whether to make the contract's types even when they name the contract as it is. */
  readonly allTypes?: boolean;
}

/** Runs all steps but the last. Throws InputError with every problem of the input. */
export async function generate({ valuesFile, out, allTypes = false }: GenerateOptions): Promise<Generated> {
  const source = readSource(valuesFile);
  const parsed = parseValues(source.file, source.text);
  const checked = checkContract(parsed, source.contract);
  const schema = await checkSchemaFiles(parsed, readSchemaFolders(valuesFile, checked.values));
  const names = settleNames(checked.values);
  const budget = divide(checked.values);
  const rules = [...(await loadRules()).values()];
  const findings = rules.flatMap((rule) => rule({ values: checked.values, names, budget }));
  const broken = findings.map((finding) => problemOf(parsed, finding));
  const problems = [...parsed.problems, ...checked.problems, ...broken, ...schema.problems];
  if (problems.length > 0) throw new InputError(sortProblems(problems));

  const { contract } = source;
  const model = buildModel({ ...checked, names, budget, declared: parsed.values, contract, schemaFiles: schema.files });
  const chart = render(model, readTemplates());
  const isHome = resolve(out) === CHART;
  const rest = isHome ? await typesIfStale(contract, allTypes) : readHandWritten();
  const notes = findUnusedFolders(valuesFile, checked.values).map((path) => `${path} belongs to no service`);
  return { model, files: unclaimedTwice([...chart, ...rest]), notes };
}

/** Making the types takes longer than all the rest, so it is left out when nothing changed. */
async function typesIfStale(contract: object, always: boolean): Promise<OutputFile[]> {
  const file = join(CHART, TYPES_PATH);
  const fresh = existsSync(file) && readFileSync(file, 'utf8').includes(contractMark(contract));
  return fresh && !always ? [] : [await renderTypes(contract)];
}
