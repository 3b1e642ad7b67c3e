import { isRecord, type Schema } from '../fields.ts';

/** What a field takes, in a few words for a table; the rest of the contract's sentence is for whoever wrote something else. */
export function takesOf(schema: Schema): string {
  const { enum: values, items, additionalProperties: entry, propertyNames: names, allOf } = schema;
  if (Array.isArray(values)) return values.map(String).map(showWord).join(', ');
  if (isRecord(items)) return `list: ${takesOf(items)}`;
  if (isRecord(entry)) return `map: ${isRecord(names) ? takesOf(names) : 'a name'} to ${takesOf(entry)}`;
  if (Array.isArray(allOf)) return `Kubernetes' ${allOf.filter(isRecord).map(modelOf).join(', ')}`;
  return typeof schema['x-allowed'] === 'string' ? headOf(schema['x-allowed']) : typeOf(schema);
}

/** Up to the colon behind which a sentence of the contract goes into details. */
function headOf(allowed: string): string {
  return allowed.split(': ')[0] ?? allowed;
}

function modelOf(part: Schema): string {
  return /\/V1(\w+)$/.exec(String(part['$ref']))?.[1] ?? '';
}

function typeOf({ type, minimum, maximum }: Schema): string {
  switch (type) {
    case 'boolean':
      return 'true, false';
    case 'integer':
      return rangeOf(Number(minimum), Number(maximum));
    case 'object':
      return 'map';
    default:
      return 'text';
  }
}

/** From where on a bound is no bound to a person but a machine's: Kubernetes' int32. */
const BOUNDLESS = 2 ** 31 - 1;

function rangeOf(least: number, most: number): string {
  if (least === most) return String(least);
  return most < BOUNDLESS ? `${least} to ${most}` : `${least} or more`;
}

function showWord(word: string): string {
  return word === '' ? 'empty' : word;
}
