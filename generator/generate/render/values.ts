import { Document, isMap, isScalar, type YAMLMap } from 'yaml';
import { defaultsOf, type Field } from '../fields.ts';
import type { Model } from '../model.ts';
import { BANNER, type OutputFile } from './output.ts';

/** chart/values.yaml: every default under its description, and the services, so that the chart renders with no values given. */
export function renderValues({ fields, declaredServices }: Model): OutputFile[] {
  const document = new Document({ ...defaultsOf(fields), services: declaredServices }, { version: '1.1' });
  document.commentBefore = ` ${BANNER}\n Defaults of every field; (structure) marks what only the generator may change.`;
  if (isMap(document.contents)) describe(document.contents, fields);
  return [{ path: 'values.yaml', content: document.toString({ lineWidth: 0 }) }];
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
