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

/** All files of the chart that are generated. Throws when two renderers claim one path: that is a bug. */
export function render(model: Model, templates: TemplateTexts): OutputFile[] {
  const files = RENDERERS.flatMap((renderer) => renderer(model, templates));
  const claimed = new Set<string>();
  for (const { path } of files) {
    if (claimed.has(path)) throw new Error(`two renderers write ${path}`);
    claimed.add(path);
  }
  return files;
}
