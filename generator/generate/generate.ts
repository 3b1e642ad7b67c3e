import { measure } from './measure.ts';
import { buildModel, type Model } from './model.ts';
import { notesOn } from './notes.ts';
import { InputError, sortProblems } from './problem.ts';
import type { Input } from './read.ts';
import { render, type RenderOptions } from './render.ts';
import type { OutputFile } from './render/output.ts';
import { validate } from './validate.ts';
import type { BudgetRow } from './validate/budget/sum.ts';
import { problemOf } from './validate/finding.ts';

/** Everything that a values.yaml becomes, before anything is written. */
export interface Generated {
  readonly model: Model;
  readonly files: readonly OutputFile[];
  /** What is worth a look, but no problem. */
  readonly notes: readonly string[];
  /** Of these, what is so whatever was generated before. */
  readonly lasting: readonly string[];
  /** What connections, memory and disk are divided into, and what the release takes of its limit. */
  readonly table: readonly BudgetRow[];
}

/** All steps between reading and writing: data in, data out. Throws InputError with every problem of the input. */
export async function generate(input: Input, options: RenderOptions = {}): Promise<Generated> {
  const valid = await validate(input);
  const model = buildModel(valid, input);
  const files = await render(model, input, options);
  const { rows, notes, findings } = measure({ model, values: valid.values, files, input });
  if (findings.length > 0) throw new InputError(sortProblems(findings.map((finding) => problemOf(input.parsed, finding))));
  return { model, files, notes: [...notesOn(input, model), ...notes], lasting: notes, table: [...model.budget.rows, ...rows] };
}
