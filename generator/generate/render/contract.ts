import { defaultsByPath } from '../fields.ts';
import type { Model } from '../model.ts';
import { contractForHelm } from './contract-for-helm.ts';
import { BANNER, type OutputFile } from './output.ts';

/** chart/values.schema.json: the contract, for Helm and editors. */
export function renderContract({ contract }: Model): OutputFile[] {
  return [{ path: 'values.schema.json', content: contractForHelm(contract) }];
}

/** chart/defaults.json: what the templates complete values with, in which Helm has no key for null and an older release none for a new field. */
export function renderDefaults({ fields }: Model): OutputFile[] {
  const content = `${JSON.stringify({ $comment: BANNER, defaults: defaultsByPath(fields) }, null, 2)}\n`;
  return [{ path: 'defaults.json', content }];
}
