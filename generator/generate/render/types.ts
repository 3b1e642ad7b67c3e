import { createHash } from 'node:crypto';
import { isRecord } from '../fields.ts';
import { TYPES_PATH } from '../layout.ts';
import type { Texts } from '../read/texts.ts';
import { BANNER, type OutputFile } from './output.ts';

/** The types of the contract. They name the contract's hash, so that `generate` makes them again only when it changed. */
export async function renderTypes(contract: object): Promise<OutputFile> {
  const { compile } = await import('json-schema-to-typescript');
  const content = await compile(withoutParts(contract), 'Values', {
    bannerComment: `/* ${BANNER.replace('values.yaml', 'values.schema.json')}\n   ${contractMark(contract)} */`,
    style: { singleQuote: true, printWidth: 120 },
    maxItems: -1,
  });
  return { path: TYPES_PATH, content };
}

/** The contract without what it takes of Kubernetes' models: no default fills that in, so whoever reads it asks first. */
function withoutParts(contract: object): object {
  const text = JSON.stringify(contract, (key, value: unknown) => (['allOf', '$defs'].includes(key) ? undefined : value));
  const schema: unknown = JSON.parse(text);
  return isRecord(schema) ? schema : {};
}

/** Whether the types that are there were made for this contract. */
export function typesAreFresh(contract: object, chart: Texts): boolean {
  return chart.get(TYPES_PATH)?.includes(contractMark(contract)) ?? false;
}

/** The line that tells for which contract the types were made. */
function contractMark(contract: object): string {
  return `sha256 of the contract: ${createHash('sha256').update(JSON.stringify(contract)).digest('hex')}`;
}
