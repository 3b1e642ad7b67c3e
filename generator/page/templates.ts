import { createHash } from 'node:crypto';
import Handlebars from 'handlebars';
import { isRecord } from '../generate/fields.ts';
import { printable } from '../generate/printable.ts';
import type { Texts } from '../generate/read/texts.ts';

/** The parts that the page is put together from, each under the name of its file. */
const PARTS = ['access', 'bar', 'budget', 'diagram', 'differences', 'drawing', 'restarts', 'service', 'sizes'];

/** What the templates make. */
export interface Templates {
  readonly page: (view: object) => string;
  /** A drawing as a picture of its own, with all that it needs. */
  readonly picture: (view: object) => string;
}

/**
 * Unlike the chart's templates these escape all that they write, and what would turn a line around or hide in it is written out. The one
 * script and the one style are known to the browser by their hashes, so that it runs and applies nothing else.
 */
export function compileTemplates(templates: Texts): Templates {
  const handlebars = Handlebars.create();
  const textOf = (name: string): string => {
    const text = templates.get(name);
    if (text === undefined) throw new Error(`there is no template ${name}`);
    return text;
  };
  for (const part of PARTS) handlebars.registerPartial(part, textOf(`${part}.hbs`));
  const compile = (name: string): Template => handlebars.compile<object>(textOf(name), { strict: true, knownHelpersOnly: true });
  const [page, diagram] = [compile('page.hbs'), compile('diagram.hbs')];
  const ofDrawing = textOf('palette.css') + textOf('diagram.css');
  const style = ofDrawing + textOf('page.css');
  const script = textOf('page.js');
  const own = { style, script, policy: policyOf(style, script) };
  return {
    page: (view) => page({ ...toPrintable(view), ...own }),
    picture: (view) => `data:image/svg+xml;base64,${inBase64(diagram({ ...toPrintable(view), style: ofDrawing }))}`,
  };
}

type Template = (data: object) => string;

function inBase64(text: string): string {
  return Buffer.from(text).toString('base64');
}

/** Content-Security-Policy (CSP Level 3, 6.1): nothing is loaded, nothing is sent, and no frame or base changes what a link means. */
function policyOf(style: string, script: string): string {
  const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  return `default-src 'none'; style-src ${hashOf(style)}; script-src ${hashOf(script)}; img-src data:; base-uri 'none'; form-action 'none'`;
}

/** The same data, in which each text shows what it is. */
function toPrintable(data: object): object {
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, show(value)]));
}

function show(value: unknown): unknown {
  if (typeof value === 'string') return printable(value);
  if (Array.isArray(value)) return value.map(show);
  return isRecord(value) ? toPrintable(value) : value;
}
