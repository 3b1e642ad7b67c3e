import { Document, isMap, isScalar, Scalar, visit, type YAMLMap } from 'yaml';
import { defaultsOf, type Field } from '../fields.ts';
import type { Model } from '../model.ts';
import { resolvePlain } from '../parse/scalars.ts';
import { BANNER, type OutputFile } from './output.ts';

/** chart/values.yaml: every default under its description, and the services, so that the chart renders with no values given. */
export function renderValues({ fields, declaredServices }: Pick<Model, 'fields' | 'declaredServices'>): OutputFile[] {
  const document = new Document({ ...defaultsOf(fields), services: declaredServices });
  document.commentBefore = ` ${BANNER}\n Defaults of every field; (structure) marks what only the generator may change.`;
  visit(document, { Scalar: (key, scalar) => quote(scalar, key === 'key') });
  if (isMap(document.contents)) describe(document.contents, fields);
  return [{ path: 'values.yaml', content: document.toString({ lineWidth: 0, doubleQuotedAsJSON: true }) }];
}

/** A text is a JSON string, the one scalar that every reader of YAML takes for the same; a key only if it would not be read as it stands. */
function quote(scalar: Scalar, isKey: boolean): void {
  const { value } = scalar;
  if (typeof value === 'string') scalar.type = isKey && isPlainKey(value) ? Scalar.PLAIN : Scalar.QUOTE_DOUBLE;
}

function isPlainKey(key: string): boolean {
  return /^[a-z][-\w./]*$/i.test(key) && resolvePlain(key) === key;
}

/** Puts each field's description above its key. */
function describe(map: YAMLMap, fields: readonly Field[]): void {
  const byName = new Map(fields.map((field) => [field.path.slice(field.path.lastIndexOf('.') + 1), field]));
  for (const { key, value } of map.items) {
    const field = isScalar(key) ? byName.get(String(key.value)) : undefined;
    if (!field || !isScalar(key)) continue;
    key.commentBefore = ` ${field.kind === 'structure' ? '(structure) ' : ''}${field.description}`;
    if (isMap(value) && field.path !== 'services') describe(value, field.fields);
  }
}
