import type { Model } from './model.ts';
import type { Input } from './read.ts';
import type { Texts } from './read/texts.ts';
import { renderBackup } from './render/backup.ts';
import { renderContract, renderDefaults } from './render/contract.ts';
import { renderDesired } from './render/desired.ts';
import { renderHandWritten } from './render/hand-written.ts';
import type { OutputFile } from './render/output.ts';
import { renderReadme } from './render/readme.ts';
import { renderRestarts } from './render/restarts.ts';
import { renderPacks, renderSchemaFiles, renderServices, renderSources } from './render/services.ts';
import { renderSettings } from './render/settings.ts';
import { renderTypes, typesAreFresh } from './render/types.ts';
import { renderValues } from './render/values.ts';

type Renderer = (model: Model, templates: Texts) => OutputFile[];

/** Every kind of file that is made of the model. */
const RENDERERS: readonly Renderer[] = [
  renderServices,
  renderSources,
  renderPacks,
  renderSchemaFiles,
  renderDesired,
  renderValues,
  renderContract,
  renderDefaults,
  renderReadme,
  renderRestarts,
  renderSettings,
  renderBackup,
];

export interface RenderOptions {
  /** Whether to make the contract's types even when they name the contract as it is. */
  readonly allTypes?: boolean;
  /** Whether to make all that a chart has of the model, although none is there. */
  readonly whole?: boolean;
}

/**
 * All files that the chart in the folder must have: what is made of the model, and what belongs to a chart beside it. Without a chart the
 * desired state alone, which is what a live server is compared with: the rest would take longer than the comparison.
 */
export async function render(model: Model, input: Input, options: RenderOptions): Promise<readonly OutputFile[]> {
  const renderers = input.chart === undefined && !options.whole ? [renderDesired] : RENDERERS;
  const generated = renderers.flatMap((renderer) => renderer(model, input.templates));
  return refuseTwoOfOnePath([...generated, ...(await renderBesideModel(input, options))]);
}

/** The project's own chart has the types beside it; any other gets the files that were written by hand. */
async function renderBesideModel({ contract, chart }: Input, { allTypes = false }: RenderOptions): Promise<OutputFile[]> {
  if (chart === undefined) return [];
  if (chart.own !== undefined) return renderHandWritten(chart.own);
  // Making the types takes longer than all the rest, so it is left out when nothing changed.
  return typesAreFresh(contract, chart.files) && !allTypes ? [] : [await renderTypes(contract)];
}

/** The files as they are. Throws when two of them claim one path: that is a bug. */
export function refuseTwoOfOnePath(files: readonly OutputFile[]): readonly OutputFile[] {
  const claimed = new Set<string>();
  for (const { path } of files) {
    if (claimed.has(path)) throw new Error(`two files are rendered to ${path}`);
    claimed.add(path);
  }
  return files;
}
