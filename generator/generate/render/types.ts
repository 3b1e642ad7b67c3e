import { createHash } from 'node:crypto';
import { TYPES_PATH } from '../layout.ts';
import type { Texts } from '../read/texts.ts';
import { BANNER, type OutputFile } from './output.ts';

/** The types of the contract. They name the contract's hash, so that `generate` makes them again only when it changed. */
export async function renderTypes(contract: object): Promise<OutputFile> {
  const { compile } = await import('json-schema-to-typescript');
  const content = await compile({ ...contract }, 'Values', {
    bannerComment: `/* ${BANNER.replace('values.yaml', 'values.schema.json')}\n   ${contractMark(contract)} */`,
    style: { singleQuote: true, printWidth: 120 },
    maxItems: -1,
  });
  return { path: TYPES_PATH, content };
}

/** Whether the types that are there were made for this contract. */
export function typesAreFresh(contract: object, chart: Texts): boolean {
  return chart.get(TYPES_PATH)?.includes(contractMark(contract)) ?? false;
}

/** The line that tells for which contract the types were made. */
function contractMark(contract: object): string {
  return `sha256 of the contract: ${createHash('sha256').update(JSON.stringify(contract)).digest('hex')}`;
}
