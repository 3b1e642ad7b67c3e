import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { fieldsOf, isRecord, leavesOf, type Field } from '../../generator/generate/fields.ts';
import { PROJECT } from '../tools/folders.ts';
import { project } from '../tools/project.ts';

/** Where every field is set to something, and so generated, rendered and checked by the tests that take these values. */
const FILES = [
  'test/helm/values/everything.yaml',
  'test/cases/ok-every-structure-field/values.yaml',
  'test/cases/ok-external/values.yaml',
];

/** They take only one value, or another would leave out what other fields are for. */
const AS_USUAL = [
  'persistence.existingClaim',
  'probes.startup.successThreshold',
  'probes.liveness.successThreshold',
  'serviceAccount.create',
  'tls.issueClientCertificates',
  'networkPolicy.enabled',
  'backup.persistence.existingClaim',
];

/** What stands at a path, in any entry where people choose the names. */
function valuesAt(data: unknown, [step, ...rest]: readonly string[]): unknown[] {
  if (step === undefined) return [data];
  if (!isRecord(data)) return [];
  return step === '<name>'
    ? Object.values(data).flatMap((entry) => valuesAt(entry, rest))
    : Object.hasOwn(data, step)
      ? valuesAt(data[step], rest)
      : [];
}

const data = FILES.map((file): unknown => parse(readFileSync(join(PROJECT, file), 'utf8')));
const given = ({ path }: Field): unknown[] =>
  data.flatMap((each) => valuesAt(each, path.split('.'))).filter((value) => value !== null);
const isChanged = (field: Field): boolean => given(field).some((value) => !isDeepStrictEqual(value, field.default));

test('every field of the contract stands in these files, with another value than its default', () => {
  const fields = fieldsOf(project.contract).flatMap(leavesOf);
  expect(fields.length).toBeGreaterThan(50);
  expect(fields.filter((field) => given(field).length === 0).map(({ path }) => path)).toEqual([]);
  expect(fields.filter((field) => !isChanged(field)).map(({ path }) => path)).toEqual(AS_USUAL);
});
