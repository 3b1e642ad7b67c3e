import { createHash } from 'node:crypto';
import type { Service } from '../model.ts';

/** A service, as far as its schema files go. */
export type WithSchemaFiles = Pick<Service, 'name' | 'schemaFiles'>;

/** Services whose schema files lie in one ConfigMap. */
export interface SchemaPack {
  /** What the names of its services' hashes begin with, in bits; empty while one ConfigMap holds all. */
  readonly bits: string;
  readonly services: readonly WithSchemaFiles[];
}

/**
 * The most bytes of a pack of several services. Kubernetes would take 1 MiB, but `kubectl apply` keeps a copy in an annotation, and all
 * annotations together have 256 KiB (TotalAnnotationSizeLimitB).
 */
const MOST_BYTES = 192 * 1024;

/**
 * As few ConfigMaps as fit, and always the same ones: each takes the services whose hash begins with its bits, and one that is full is
 * halved by the next bit. So a service that comes, goes or grows changes its own ConfigMap and no other, or halves that one.
 */
export function packSchemaFiles(services: readonly WithSchemaFiles[]): SchemaPack[] {
  const withFiles = services.filter(({ schemaFiles }) => schemaFiles.length > 0);
  return withFiles.length === 0 ? [] : halve({ bits: '', services: withFiles });
}

function halve(pack: SchemaPack): SchemaPack[] {
  const { bits, services } = pack;
  if (services.length <= 1 || services.reduce((sum, service) => sum + bytesOf(service), 0) <= MOST_BYTES) return [pack];
  return ['0', '1'].flatMap((bit) => {
    const half = services.filter(({ name }) => bitOf(name, bits.length) === bit);
    return half.length === 0 ? [] : halve({ bits: bits + bit, services: half });
  });
}

/** As they stand in a ConfigMap that is written as JSON, which is how the annotation has it. */
function bytesOf({ name, schemaFiles }: WithSchemaFiles): number {
  return schemaFiles.reduce(
    (sum, file) => sum + Buffer.byteLength(JSON.stringify(file.text)) + name.length + file.name.length,
    0,
  );
}

function bitOf(name: string, place: number): string {
  const byte = createHash('sha256')
    .update(name)
    .digest()
    .readUInt8(Math.floor(place / 8));
  return String((byte >> (7 - (place % 8))) & 1);
}
