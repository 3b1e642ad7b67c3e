import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFiles } from './deployment.ts';
import { temporaryFolder } from './folders.ts';
import { helm, type HelmMajor } from './helm.ts';
import { textsAt } from './manifests.ts';

/** What Helm made of a document: the data, or why it refused it. */
export type HelmReading = { readonly values: unknown } | { readonly refusal: string };

const TEMPLATE = `{{- range .Files.Get "documents.json" | fromJsonArray }}
#read {{ . | fromYaml | toJson | b64enc }}
{{- end }}
#values {{ .Values | toJson | b64enc }}
`;

/** A chart that prints what Helm reads: each text of documents.json, and the values that it is given. */
function makeChart(documents: readonly string[], values: string): string {
  const chart = temporaryFolder();
  writeFiles(chart, {
    'Chart.yaml': 'apiVersion: v2\nname: reader\nversion: 0.0.0\n',
    'values.yaml': values,
    'documents.json': JSON.stringify(documents),
    'templates/read.yaml': TEMPLATE,
  });
  return chart;
}

function printed(output: string, mark: string): unknown[] {
  const lines = output.split('\n').filter((line) => line.startsWith(mark));
  return lines.map((line): unknown => JSON.parse(Buffer.from(line.slice(mark.length), 'base64').toString()));
}

/** Thousands of documents in one rendering, by the function with which a template reads YAML. */
export async function readAllByHelm(major: HelmMajor, documents: readonly string[]): Promise<HelmReading[]> {
  const { code, stdout, output } = await helm(major, ['template', 'x', makeChart(documents, '{}\n')]);
  if (code !== 0) throw new Error(output);
  return printed(stdout, '#read ').map((values) => {
    const refusal = typeof values === 'object' && values !== null && 'Error' in values ? values.Error : undefined;
    return typeof refusal === 'string' ? { refusal } : { values };
  });
}

/** One document, given with `-f`. */
export async function readValuesByHelm(major: HelmMajor, document: string): Promise<HelmReading> {
  const chart = makeChart([], '{}\n');
  const file = join(chart, 'given.yaml');
  writeFileSync(file, document);
  return readingOf(await helm(major, ['template', 'x', chart, '-f', file]));
}

/** One document as the chart's own values.yaml. */
export async function readDefaultsByHelm(major: HelmMajor, document: string): Promise<HelmReading> {
  return readingOf(await helm(major, ['template', 'x', makeChart([], document)]));
}

function readingOf({ code, stdout, output }: { code: number; stdout: string; output: string }): HelmReading {
  return code === 0 ? { values: printed(stdout, '#values ')[0] } : { refusal: output };
}

/** What Go's templates with Sprig's functions, which Helm has as the External Secrets Operator has them, make of texts, with one context after another. */
export async function evaluated(
  major: HelmMajor,
  texts: Readonly<Record<string, string>>,
  contexts: readonly object[],
): Promise<Record<string, string>[]> {
  const chart = temporaryFolder();
  const template = `{{- range $context := .Values.contexts }}
{{- $results := dict }}
{{- range $key, $text := $.Values.texts }}
{{- $_ := set $results $key (tpl $text (merge (dict "Template" $.Template) $context)) }}
{{- end }}
#values {{ $results | toJson | b64enc }}
{{- end }}
`;
  writeFiles(chart, {
    'Chart.yaml': 'apiVersion: v2\nname: reader\nversion: 0.0.0\n',
    'values.yaml': JSON.stringify({ texts, contexts }),
    'templates/read.yaml': template,
  });
  const { code, stdout, output } = await helm(major, ['template', 'x', chart]);
  if (code !== 0) throw new Error(output);
  return printed(stdout, '#values ').map((results) => textsAt(results));
}
