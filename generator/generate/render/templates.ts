import Handlebars from 'handlebars';
import type { Texts } from '../read/texts.ts';
import { cell } from './markdown.ts';
import type { OutputFile } from './output.ts';

/** A compiled template: data in, text out. */
export type Template = (data: object) => OutputFile['content'];

const handlebars = Handlebars.create();

/** A Go string literal, for an argument in a Helm expression. */
handlebars.registerHelper('goString', (value: string) => JSON.stringify(value));

/** A Go raw string literal that holds JSON; no backtick can end it. */
handlebars.registerHelper('goJson', (value: unknown) => `\`${JSON.stringify(value).replaceAll('`', '\\u0060')}\``);

handlebars.registerHelper('cell', cell);

/** Compiles the template of a file's name. Throws when there is none: that is a bug. */
export function templateNamed(templates: Texts, name: string): Template {
  const text = templates.get(name);
  if (text === undefined) throw new Error(`there is no template ${name}`);
  return compileTemplate(text);
}

const compiled = new Map<string, Template>();

/** Compiles a template that fails when it names something that its data has not; the same text once. */
export function compileTemplate(text: string): Template {
  const known = compiled.get(text);
  if (known) return known;
  const template = handlebars.compile(text, {
    noEscape: true,
    strict: true,
    knownHelpersOnly: true,
    knownHelpers: { goString: true, goJson: true, cell: true },
  });
  compiled.set(text, template);
  return template;
}
