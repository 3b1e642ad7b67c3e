import { buildModel, type Model } from './model.ts';
import { notesOn } from './notes.ts';
import type { Input } from './read.ts';
import { render, type RenderOptions } from './render.ts';
import type { OutputFile } from './render/output.ts';
import { validate } from './validate.ts';

/** Everything that a values.yaml becomes, before anything is written. */
export interface Generated {
  readonly model: Model;
  readonly files: readonly OutputFile[];
  /** What is worth a look, but no problem. */
  readonly notes: readonly string[];
}

/** All steps between reading and writing: data in, data out. Throws InputError with every problem of the input. */
export async function generate(input: Input, options: RenderOptions = {}): Promise<Generated> {
  const valid = await validate(input);
  const model = buildModel(valid, input);
  const files = await render(model, input, options);
  return { model, files, notes: notesOn(input, model) };
}
