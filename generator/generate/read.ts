import { dirname, relative, resolve } from 'node:path';
import { parseValues, type ParsedValues } from './parse.ts';
import { readChart, type ChartFolder } from './read/chart.ts';
import { readProject, type Project } from './read/project.ts';
import { listHomeFolders, readSchemaFolders, type SchemaFolder } from './read/schema-folders.ts';
import { readValuesText } from './read/texts.ts';

/** All that the steps know of the world. Nothing is read after this. */
export interface Input extends Project {
  readonly parsed: ParsedValues;
  /** By the service's name. */
  readonly schemaFolders: ReadonlyMap<string, SchemaFolder>;
  /** What lies in schema/databases, whether a service has it or not; relative to values.yaml. */
  readonly homeFolders: readonly string[];
  readonly chart?: ChartFolder;
}

/** The input of a run that will compare with a chart, or write one. */
export interface InputWithChart extends Input {
  readonly chart: ChartFolder;
}

interface From {
  readonly values: string;
  /** What values.yaml is about to say, instead of what it says. */
  readonly text?: string;
}

/**
 * Reads everything, once: values.yaml and what belongs to it, the contract, the templates, and with `out` the chart in that
 * folder. Which schema folders there are is written in values.yaml, so its YAML is parsed here and not in a step that follows.
 * Whoever generates many times reads the project once. Throws InputError when values.yaml cannot be read or is not UTF-8.
 */
export function readInput(from: From & { readonly out: string }, project?: Project): InputWithChart;
export function readInput(from: From, project?: Project): Input;
export function readInput({ values, text, out }: From & { readonly out?: string }, project = readProject()): Input {
  const file = relative(process.cwd(), resolve(values)) || '.';
  const parsed = parseValues(file, text ?? readValuesText(file));
  const root = dirname(resolve(values));
  return {
    ...project,
    parsed,
    schemaFolders: readSchemaFolders({ root, chart: out === undefined ? undefined : resolve(out) }, parsed.values),
    homeFolders: listHomeFolders(root),
    chart: out === undefined ? undefined : readChart(out),
  };
}
