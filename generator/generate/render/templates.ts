import Handlebars from 'handlebars';
import type { OutputFile } from './output.ts';

/** The text of each template, by its name. */
export type TemplateTexts = Readonly<Record<'service.yaml' | 'sources.tpl' | 'README.md', string>>;

/** A compiled template: data in, text out. */
export type Template = (data: object) => OutputFile['content'];

const handlebars = Handlebars.create();

/** A Go string literal, for an argument in a Helm expression. */
handlebars.registerHelper('goString', (value: string) => JSON.stringify(value));

/** A Go raw string literal that holds JSON; no backtick can end it. */
handlebars.registerHelper('goJson', (value: unknown) => `\`${JSON.stringify(value).replaceAll('`', '\\u0060')}\``);

/** Text in a cell of a Markdown table. */
handlebars.registerHelper('cell', (text: string) => text.replaceAll('|', '\\|').replaceAll('<', '&lt;'));

/** Code in a cell of a Markdown table. */
handlebars.registerHelper('code', (text: string) => `\`${text.replaceAll('|', '\\|')}\``);

/** Compiles a template that fails when it names something that its data has not. */
export function compileTemplate(text: string): Template {
  return handlebars.compile(text, {
    noEscape: true,
    strict: true,
    knownHelpersOnly: true,
    knownHelpers: { goString: true, goJson: true, cell: true, code: true },
  });
}
