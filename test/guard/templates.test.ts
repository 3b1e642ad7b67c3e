import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CHART, PROJECT } from '../tools/folders.ts';

/*
 * YAML reads a bare text as it likes: 123 is a number, y is true, "a: b" a map. So whatever a template writes of values goes through
 * toJson, which gives the one scalar that loses nothing; and every template completes the values before it reads them. This reads the
 * templates as text: from what Helm renders it follows each include that is written as it comes, and looks at all that is written there.
 */
const TEMPLATES = join(CHART, 'templates');
const files = readdirSync(TEMPLATES, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(yaml|tpl|txt)$/.test(name));
const textOf = (file: string): string => readFileSync(join(TEMPLATES, file), 'utf8');

interface Body {
  readonly file: string;
  readonly actions: string[];
}

/** What a file does outside of its definitions, and each of these by its name. */
function bodiesOf(file: string): Map<string, Body> {
  const bodies = new Map<string, Body>([[file, { file, actions: [] }]]);
  const open: string[] = [];
  const text = textOf(file).replace(/\{\{-? *\/\*.*?\*\/ *-?\}\}/gs, '');
  for (const [, action = ''] of text.matchAll(/\{\{-?\s*((?:`[^`]*`|"(?:\\.|[^"\\])*"|[^`"}])*?)\s*-?\}\}/gs)) {
    const defined = /^define "([^"]+)"/.exec(action)?.[1];
    if (defined !== undefined) bodies.set(defined, { file, actions: [] });
    if (/^(if|range|with|define)\b/.test(action)) open.push(defined ?? '');
    else if (action === 'end') open.pop();
    else bodies.get(open.find((name) => name !== '') ?? file)?.actions.push(action);
  }
  expect(open, file).toEqual([]);
  return bodies;
}

const bodies = new Map(files.flatMap((file) => [...bodiesOf(file)]));

/** YAML that is handed to another template, or to a variable, before it is written. */
const HANDED_ON = [
  'serverEnv',
  'serverMounts',
  'serverVolumes',
  'passwordSources',
  'ownerPasswordSource',
  'archivePasswordSource',
].map((name) => `shared-postgresql.${name}`);

/** What writes these. */
const TOGETHER = [
  '$mounted | default "[]" | nindent ',
  '$own',
  'include $source',
  'include "shared-postgresql.sources" ',
  'include (printf "shared-postgresql.%s.%s" ',
];

const writesNothing = (action: string): boolean => /^(else\b|fail\b|\$\w* :?=)/.test(action);
/** The action without its strings and what stands between parentheses, so that its own pipes are left. */
const outline = (action: string): string => {
  const text = action.replace(/"(\\.|[^"\\])*"|`[^`]*`/g, '""');
  return text.includes('(') ? outlineOf(text) : text;
};
const outlineOf = (text: string): string => {
  const inner = text.replace(/\([^()]*\)/g, '');
  return inner === text ? text : outlineOf(inner);
};

const isQuoted = (action: string): boolean => /\| toJson$|^toJson [^|]*$|^int64 [^|]*$/.test(outline(action));
const isChartsOwn = (action: string): boolean => /\.Files\.Get/.test(action) && !/\.Values/.test(action);
const isTogether = (action: string): boolean => TOGETHER.some((known) => action.startsWith(known));
const includedBy = (action: string): string | undefined =>
  /^include "" [^|]*( \| (nindent|indent) \d+)?$/s.test(outline(action)) ? /^include "([^"]+)"/.exec(action)?.[1] : undefined;

/** What every engine says of a fact that an action asks for. */
const factsOf = (action: string): string[] => {
  const fact = /^include "shared-postgresql\.ofEngine" \(list \. "(\w+)"\)/.exec(action)?.[1];
  return fact === undefined
    ? []
    : [...bodies.keys()].filter((name) => /^shared-postgresql\.[\w-]+\.(\w+)$/.exec(name)?.[1] === fact);
};

/** Every definition whose text Helm takes for YAML: from the files on, by way of the includes that are written as they come. */
function readAsYaml(): string[] {
  const found = new Set([...files.filter((file) => file.endsWith('.yaml')), ...HANDED_ON]);
  for (const name of found) {
    for (const action of bodies.get(name)?.actions ?? []) {
      const included = includedBy(action);
      if (included !== undefined) found.add(included);
      for (const fact of factsOf(action)) found.add(fact);
    }
  }
  return [...found];
}

describe('what Helm reads as YAML', () => {
  const found = readAsYaml();

  test('is found', () => {
    expect(found.length).toBeGreaterThan(30);
    expect(found).toEqual(expect.arrayContaining(['shared-postgresql.serverEnv', 'shared-postgresql.metadata']));
    expect(found).toContain('shared-postgresql.pod.clientVolume');
    expect(found).not.toContain('shared-postgresql.fullname');
  });

  test.each(found)('%s writes no text of the values without toJson', (name) => {
    const bare = (bodies.get(name)?.actions ?? [])
      .filter((action) => !writesNothing(action) && !isQuoted(action) && !isChartsOwn(action) && !isTogether(action))
      .filter((action) => includedBy(action) === undefined);
    expect(bare, bodies.get(name)?.file).toEqual([]);
  });

  test.each([
    ['.Values.image.tag', false],
    ['.Values.image.tag | quote', false],
    ['include "shared-postgresql.fullname" . | upper', false],
    ['toYaml .Values.affinity | nindent 4', false],
    ['printf "%s-data" .Values.fullnameOverride', false],
    ['printf "%s-data" .Values.fullnameOverride | toJson', true],
    ['toJson .Values.image.tag', true],
    ['int64 .Values.service.port', true],
    ['include "shared-postgresql.podSpec" . | nindent 2', true],
  ])('the check takes %j for good: %s', (action, good) => {
    expect(isQuoted(action) || isChartsOwn(action) || isTogether(action) || includedBy(action) !== undefined).toBe(good);
  });
});

test('every template completes the values before anything else', () => {
  for (const file of files.filter((name) => !name.endsWith('.tpl'))) {
    const actions = bodies.get(file)?.actions ?? [];
    const isOfService = file.startsWith('services/');
    expect(actions[0], file).toMatch(
      isOfService ? /^include "shared-postgresql\.service" / : /^include "shared-postgresql\.complete" \.$/,
    );
  }
  expect(bodies.get('shared-postgresql.service')?.actions[1]).toBe('include "shared-postgresql.complete" $root');
});

test('what the generator writes into a template is a Go string or a name of the template itself', () => {
  const folder = join(PROJECT, 'generator/templates');
  for (const file of readdirSync(folder).filter((name) => /\.(yaml|tpl)\.hbs$/.test(name))) {
    const text = readFileSync(join(folder, file), 'utf8').replaceAll(/\\\{\{.*?\}\}(?!\})/gs, (helm) => helm.slice(3));
    const expressions = [...text.matchAll(/\{\{([^}]*)\}\}/g)].map(([, expression = '']) => expression);
    expect(expressions.length).toBeGreaterThan(2);
    for (const expression of expressions) expect(expression, file).toMatch(/^(goString \w+|goJson \w+|#each \w+|\/each|banner)$/);
  }
});
