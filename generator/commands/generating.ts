import { refuseEmptied } from '../generate/changes.ts';
import { compareChart, filesAfter } from '../generate/compare.ts';
import { generate } from '../generate/generate.ts';
import { notesOn } from '../generate/notes.ts';
import type { InputWithChart } from '../generate/read.ts';
import { write } from '../generate/write.ts';
import type { Done, Written } from './generate.ts';
import type { Out } from './options.ts';
import { nameOutcome, remember } from './remembered.ts';
import type { Talk } from './talk.ts';

interface Wishes extends Out {
  readonly allowEmpty: boolean;
}

/** Generates, writes what differs, and remembers what will come of it as long as nothing changes. Throws InputError with every problem. */
export async function bringInLine(
  talk: Pick<Talk<Written>, 'during' | 'progress'>,
  input: InputWithChart,
  { out, allowEmpty }: Wishes,
): Promise<Done> {
  const { model, files, notes, lasting, table } = await talk.during('checking and rendering', () => generate(input));
  if (!allowEmpty) refuseEmptied(input, model);
  const comparison = compareChart(input.chart, files);
  talk.progress.start(comparison.changed.length, 'files written');
  write(out, comparison, () => talk.progress.step());
  talk.progress.stop();
  const after = { ...input, chart: { ...input.chart, files: filesAfter(input.chart, comparison) } };
  const services = model.services.length;
  const nothingNew = { unchanged: files.length, notes: [...notesOn(after, model), ...lasting], budget: table };
  rememberFor(after, { services, written: [], removed: [], ...nothingNew });
  return {
    services,
    written: comparison.changed.map(({ path }) => path),
    removed: comparison.stale,
    unchanged: comparison.unchanged.length,
    notes,
    budget: table,
  };
}

/** For the run that reads what this one left. */
function rememberFor(input: InputWithChart, done: Done): void {
  const name = nameOutcome(input);
  if (name !== undefined) remember(name, done);
}
