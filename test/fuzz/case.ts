import fc from 'fast-check';
import { isRecord } from '../../generator/generate/fields.ts';
import { placesOf, type Edit } from './grammar.ts';
import { isJson, type Json } from './json.ts';
import { anyText, ODD_TEXTS } from './texts.ts';
import { writeYaml } from './yaml.ts';

/** One input: what is set, how it is written, and the schema files beside it. */
export interface Case {
  readonly edits: readonly Edit[];
  /** Numbers that choose how the YAML is written; none for the plainest way. */
  readonly style: readonly number[];
  readonly files: readonly SchemaText[];
  readonly release: string;
}

interface SchemaText {
  readonly service: string;
  readonly name: string;
  readonly text: string;
}

/** A case as it lies in a folder. */
export interface Folder {
  readonly values: string;
  /** The data of values.yaml, when its reader must find the very same. */
  readonly data: Json | undefined;
  /** By their path beside values.yaml. */
  readonly files: Readonly<Record<string, string>>;
}

/** Cases made of every field of the contract. A case of few edits comes far; one of many finds what two do to each other. */
export function casesOf(contract: object): fc.Arbitrary<Case> {
  const places = placesOf(contract);
  const edit = fc.oneof(...places.map((place) => ({ weight: place.path.length > 2 ? 2 : 3, arbitrary: place.edit })));
  return fc.record({
    edits: fc.array(edit, { maxLength: 7 }),
    style: fc.oneof(fc.constant([]), fc.array(fc.nat(255), { minLength: 5, maxLength: 40 })),
    files: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: fc.array(schemaText, { maxLength: 3 }) }),
    release: fc.constantFrom(
      'shared-postgresql',
      'a',
      '1',
      'data-shared-postgresql',
      'x'.repeat(53),
      `shared-postgresql-${'x'.repeat(35)}`,
    ),
  });
}

/** Cases of knobs alone, for what comes to Helm without having been generated. */
export function knobsOf(contract: object): fc.Arbitrary<Case> {
  const knobs = placesOf(contract).filter(({ path, schema }) => path[0] !== 'services' && schema['x-kind'] !== 'structure');
  const edits = fc.array(fc.oneof(...knobs.map(({ edit }) => edit)), { minLength: 1, maxLength: 4 });
  return edits.map((edits) => ({ edits, style: [], files: [], release: 'shared-postgresql' }));
}

const statement = fc.oneof(
  fc.constantFrom(
    'SELECT 1;',
    'CREATE TABLE a (id int);',
    'CREATE TABLE "é" (id int);',
    '',
    'SELECT 1',
    "SELECT E'\\n';",
    'SELECT $$a\n\n$$;',
  ),
  anyText.map((text) => `-- ${text.replaceAll(/[\n\r]/g, ' ')}`),
  anyText.map((text) => `SELECT '${text.replaceAll("'", "''")}';`),
  fc.constantFrom(
    'VACUUM;',
    'COMMIT;',
    '\\connect a',
    'ALTER SYSTEM SET a = 1;',
    'CREATE INDEX CONCURRENTLY ON a (id);',
    'SELECT',
  ),
);

const schemaText: fc.Arbitrary<SchemaText> = fc.record({
  service: fc.constantFrom('a', 'b', 'user-service', '1'),
  name: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom('001_a.sql', '002_b.sql', '010_c-d.e.sql', '1000_a.sql') },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        '1_a.sql',
        '001_ä.sql',
        '001_a b.sql',
        '.sql',
        '001_A.SQL',
        'README.md',
        `001_${'x'.repeat(240)}.sql`,
        '001_{{.sql',
        '-001.sql',
      ),
    },
  ),
  text: fc.oneof(
    {
      weight: 6,
      arbitrary: fc
        .tuple(fc.array(statement, { maxLength: 4 }), fc.constantFrom('\n', '', '\n\n', '\n \n', '\r\n', '\t\n', '\n\n\n'))
        .map(([lines, end]) => `${lines.join('\n')}${end}`),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        '',
        '\n',
        '\ufeffSELECT 1;\n',
        'SELECT 1;\u0000',
        'SELECT 1;\r\nSELECT 2;\r\n',
        '-- Generated from values.yaml by npm run generate; edits are lost.\n',
      ),
    },
    { weight: 1, arbitrary: fc.constantFrom(...ODD_TEXTS) },
  ),
});

/** The case as files. */
export function folderOf({ edits, style, files }: Case): Folder {
  const data = dataOf(edits);
  const { text, isFaithful } = writeYaml(data, style);
  const present = files.map(({ service, name, text: sql }) => [`schema/databases/${service}/${name}`, sql] as const);
  return { values: text, data: isFaithful ? data : undefined, files: Object.fromEntries(present) };
}

/** What the edits make, one after another, of nothing. */
export function dataOf(edits: readonly Edit[]): Json {
  return edits.reduce<Json>((data, { path, value }) => withValue(data, path, value), {});
}

function withValue(data: Json, [step, ...rest]: readonly string[], value: Json): Json {
  if (step === undefined) return value;
  const entries = Object.entries(isRecord(data) ? data : {}).filter((entry): entry is [string, Json] => isJson(entry[1]));
  const own = entries.find(([key]) => key === step)?.[1] ?? {};
  const others = entries.filter(([key]) => key !== step);
  return Object.fromEntries([...others, [step, withValue(own, rest, value)]]);
}
