import { describe, expect, test } from 'vitest';
import { parseValues } from '../../generator/generate/parse.ts';
import { resolvePlain } from '../../generator/generate/parse/scalars.ts';
import { HELM_MAJORS } from '../tools/helm.ts';
import { readAllByHelm, readValuesByHelm, type HelmReading } from '../tools/helm-yaml.ts';
import { Random } from '../tools/random.ts';
import { plainForms, randomDocument, SEEN_TO_DIFFER } from './documents.ts';

/*
 * The contract: values.yaml has one reading. Either the generator refuses a document, with the place, or it reads what Helm 3 and Helm 4
 * read. SEED=<number> DOCUMENTS=<number> looks further than every run does.
 */
const SEED = Number(process.env['SEED'] ?? 1);
const DOCUMENTS = Number(process.env['DOCUMENTS'] ?? 2000);

/** What is refused although both Helms read it alike: the beginning of the sentence, and why. */
const REFUSED_ALL_THE_SAME: readonly (readonly [sentence: RegExp, why: string])[] = [
  [/^this key is (read as|empty)/, 'the service yes would silently be called true'],
  [/^this key stands here twice/, 'one of the two would silently be lost'],
  [
    /^Helm 3 takes the key "<<" for a merge/,
    'it does where it holds the values against the contract, which is after this reading',
  ],
  [/^<< brings /, 'YAML says that the field of the map wins, Helm lets the merge win'],
  [/^this tag/, 'Helm passes over tags that it does not know, and over those of maps and lists'],
  [/^Helm keeps the sign of this zero/, 'in JSON -0 is another text than 0'],
  [/^this is no number/, 'infinity as a key'],
  [/^the character /, 'nothing after Helm carries it'],
  [/^here a second document begins/, 'Helm 3 takes the first, Helm 4 all'],
  [
    /^Helm does not read (a line that begins with %|what stands in one line with ---)/,
    'Helm 4 refuses it in a file, not in a template',
  ],
  [
    /^(this text ends with the file|blanks stand alone|Helm takes this :|Helm reads an empty line)/,
    'the library reads it differently',
  ],
  [/^Helm does not read (this text without quotes|a key of several lines|the anchor)/, 'it does, but something else'],
  [/^a tab has no place here/, 'Helm may end a text before it'],
  [/^the YAML does not parse: Missing closing ['"]/, 'a text between quotes that goes on further left'],
  [/^the YAML does not parse: Flow (map|sequence) in block collection must/, 'brackets that go on further left'],
  [
    /^the YAML does not parse: (Implicit map keys need|Missing , or :|Tabs are not|A block sequence may not be used as an implicit map key)/,
    'an alias for a key with its colon glued to it',
  ],
  [/^the YAML does not parse: Block collections are not allowed within flow/, '- alone between brackets'],
  [
    /^the YAML does not parse: (Unexpected|Tags and anchors|All mapping items|Implicit keys)/,
    'Helm passes over what stands further left than the first key',
  ],
];

/** What stands below the end of the document, Helm passes over. */
const GOES_ON = /^(\.\.\.|---)\s+[^\s#]/m;

const isMap = (values: unknown): boolean => typeof values === 'object' && values !== null && !Array.isArray(values);

/** The data, or undefined where it was refused; what is no map, the contract and Helm refuse alike. */
const dataOf = (reading: HelmReading): unknown => ('values' in reading && isMap(reading.values) ? reading.values : undefined);

async function readByBoth(documents: readonly string[]): Promise<[unknown, unknown][]> {
  const [three, four] = await Promise.all([readAllByHelm(3, documents), readAllByHelm(4, documents)]);
  expect(three.length).toBe(documents.length);
  return three.map((reading, index) => [dataOf(reading), dataOf(four[index] ?? reading)]);
}

function ourReading(document: string): { readonly data?: unknown; readonly problem?: string } {
  const { values, problems } = parseValues('values.yaml', document);
  const misplaced = problems.filter(({ position }) => position === undefined);
  expect(misplaced, document).toEqual([]);
  return problems[0] ? { problem: problems[0].message } : { data: isMap(values) ? values : undefined };
}

describe('one reading of YAML', () => {
  test('a scalar without quotes is what Helm makes of it', async () => {
    const forms = plainForms(new Random(SEED), DOCUMENTS);
    const readings = await readByBoth(forms.map((form) => `a: ${form}\n`));
    forms.forEach((form, index) => {
      const meant = resolvePlain(form);
      const isFinite = typeof meant !== 'number' || Number.isFinite(meant);
      expect(readings[index], form).toEqual(isFinite ? [{ a: meant }, { a: meant }] : [undefined, undefined]);
    });
  });

  test('a document is refused, or read as both Helms read it', async () => {
    const random = new Random(SEED);
    const documents = [...SEEN_TO_DIFFER, ...Array.from({ length: DOCUMENTS }, () => randomDocument(random))];
    const readings = await readByBoth(documents);
    let read = 0;
    documents.forEach((document, index) => {
      const { data, problem } = ourReading(document);
      const [three, four] = readings[index] ?? [];
      if (problem === undefined) expect([three, four], document).toEqual([data, data]);
      else if (three !== undefined && !GOES_ON.test(document))
        expect(
          REFUSED_ALL_THE_SAME.find(([sentence]) => sentence.test(problem)),
          `${problem}\n${document}`,
        ).toBeDefined();
      if (data !== undefined) read += 1;
    });
    expect(read).toBeGreaterThan(DOCUMENTS / 5);
  });

  test.each([
    ...[
      'a: 1\n',
      '---\na: 1\n',
      '# c\n---\na: 1\n',
      '--- # c\na: 1\n',
      '--- {a: 1}\n',
      '--- &x\na: 1\n',
      'a: 1\n...\n',
      'a: 1\n---\n',
    ],
    ...[
      '---\n---\na: 1\n',
      'a: 1\n---\nb: 2\n',
      '%YAML 1.1\n---\na: 1\n',
      'a: 1\n...\nb: 2\n',
      '\ufeffa: 1\n',
      'a: 1\r\nb: |\r\n  x\r\n',
    ],
    ...[
      '',
      '---\n',
      '...\n',
      '# c\n...\n',
      '~\n',
      'a: |\n  ---\n  ...\n',
      'a: "\n  ---\n  x"\n',
      '---\ta: 1\n',
      '---\r\na: 1\r\n',
      'a: 1\n--- # c\n',
    ],
  ])('%j given with -f is refused, or read as both Helms read it', async (document) => {
    const { data, problem } = ourReading(document);
    const readings = await Promise.all(HELM_MAJORS.map((major) => readValuesByHelm(major, document)));
    if (problem === undefined) expect(readings.map(dataOf)).toEqual([data, data]);
  });

  test('a file given with -f is read as a template reads it', async () => {
    const random = new Random(SEED + 1);
    const documents = Array.from({ length: 400 }, () => randomDocument(random)).filter(
      (text) => ourReading(text).data !== undefined,
    );
    for (const document of documents.slice(0, 25)) {
      const readings = await Promise.all(HELM_MAJORS.map((major) => readValuesByHelm(major, document)));
      const { data } = ourReading(document);
      expect(readings.map(dataOf), document).toEqual([data, data]);
    }
  });
});
