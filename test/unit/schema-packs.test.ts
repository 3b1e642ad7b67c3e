import fc from 'fast-check';
import { expect, test } from 'vitest';
import { packSchemaFiles, type SchemaPack, type WithSchemaFiles } from '../../generator/generate/render/schema-packs.ts';

const KIB = 1024;

const withFile = (name: string, kib: number): WithSchemaFiles => ({
  name,
  schemaFiles: [{ name: '001_tables.sql', text: 'x'.repeat(kib * KIB), lines: [1] }],
});

/** What stands in each ConfigMap, by its bits. */
const contentsOf = (packs: readonly SchemaPack[]): Map<string, readonly WithSchemaFiles[]> =>
  new Map(packs.map(({ bits, services }) => [bits, services]));

const sizeOf = (services: readonly WithSchemaFiles[]): number => Buffer.byteLength(JSON.stringify(services));

const services = fc.uniqueArray(
  fc.tuple(fc.stringMatching(/^[a-z]{1,8}$/), fc.integer({ min: 0, max: 120 })).map(([name, kib]) => withFile(name, kib)),
  { minLength: 2, maxLength: 40, selector: ({ name }) => name },
);

test('one ConfigMap holds what fits into one, and there is none without files', () => {
  expect(packSchemaFiles([{ name: 'a', schemaFiles: [] }])).toEqual([]);
  expect(contentsOf(packSchemaFiles([withFile('a', 90), withFile('b', 90)]))).toEqual(
    new Map([['', [withFile('a', 90), withFile('b', 90)]]]),
  );
});

test('each service lies in one ConfigMap, and one of several services fits into an annotation', () => {
  fc.assert(
    fc.property(services, (all) => {
      const packs = packSchemaFiles(all);
      expect(packs.flatMap((pack) => pack.services.map(({ name }) => name)).sort()).toEqual(all.map(({ name }) => name).sort());
      for (const pack of packs) expect(pack.services.length === 1 || sizeOf(pack.services) < 256 * KIB).toBe(true);
    }),
  );
});

test('a service that comes changes one ConfigMap, or halves one', () => {
  fc.assert(
    fc.property(services, ([added, ...before]) => {
      if (added === undefined) return;
      const after = contentsOf(packSchemaFiles([...before, added]));
      const gone = [...contentsOf(packSchemaFiles(before))].filter(
        ([bits, held]) => JSON.stringify(after.get(bits)) !== JSON.stringify(held),
      );
      expect(gone.length).toBeLessThanOrEqual(1);
    }),
  );
});

test('a thousand services of two KiB need less than thirty ConfigMaps', () => {
  const packs = packSchemaFiles(Array.from({ length: 1000 }, (_, number) => withFile(`svc-${number}`, 2)));
  expect(packs.length).toBeLessThan(30);
});
