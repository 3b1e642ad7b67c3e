import type { Model } from '../model.ts';
import { renderContract, renderReadme } from './contract.ts';
import { renderDesired } from './desired.ts';
import type { OutputFile } from './output.ts';
import { renderSchemaFiles, renderServices, renderSources } from './services.ts';
import type { TemplateTexts } from './templates.ts';
import { renderValues } from './values.ts';

type Renderer = (model: Model, templates: TemplateTexts) => OutputFile[];

/** Every kind of generated file. */
const RENDERERS: readonly Renderer[] = [
  renderServices,
  renderSources,
  renderSchemaFiles,
  renderDesired,
  renderValues,
  renderContract,
  renderReadme,
];

/** All files of the chart that are generated. */
export function render(model: Model, templates: TemplateTexts): OutputFile[] {
  return RENDERERS.flatMap((renderer) => renderer(model, templates));
}

/** The files as they are. Throws when two of them claim one path: that is a bug. */
export function unclaimedTwice(files: readonly OutputFile[]): readonly OutputFile[] {
  const claimed = new Set<string>();
  for (const { path } of files) {
    if (claimed.has(path)) throw new Error(`two files are rendered to ${path}`);
    claimed.add(path);
  }
  return files;
}
