import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { misfitOf } from '../../generator/generate/validate/setting-values.ts';
import { SETTINGS, type Setting, type SettingValue } from '../../generator/generate/validate/settings.ts';
import { CHART, PROJECT, temporaryFolder } from '../tools/folders.ts';
import { HELM_MAJORS, template, tryTemplate } from '../tools/helm.ts';
import { at, dataOf, listAt, parseManifests, pick } from '../tools/manifests.ts';
import { attemptsOn } from '../tools/setting-attempts.ts';

/*
 * What --set brings no generator sees. Helm refuses what the generator refuses of a setting's name, type and range, in the same words, and
 * takes whatever the generator takes. The forms of texts, and what settings do to each other, the generator alone knows.
 */
const MAJORS = [15, 16, 17, 18];
const OF_THE_CHART = readOfTheChart();

/** The names that the contract refuses. */
function readOfTheChart(): readonly string[] {
  const contract: unknown = JSON.parse(readFileSync(join(PROJECT, 'schema/values.schema.json'), 'utf8'));
  return listAt(contract, 'properties', 'postgresql', 'properties', 'settings', 'propertyNames', 'not', 'enum').map(String);
}

const isForFile = ({ name, context, elsewhere }: Setting): boolean =>
  context !== 'internal' && elsewhere !== true && !OF_THE_CHART.includes(name);
const settingsOf = (major: number): Setting[] =>
  SETTINGS.filter(({ majors, now }) => majors.includes(major) && now === undefined).filter(isForFile);

/** As known-settings.json says it. */
const kindOf = ({ type, unit = '-', least, most, values }: Setting): string =>
  type === 'integer' || type === 'real'
    ? `${type} ${unit} ${least} ${most}`
    : [type, ...(values === undefined || type === 'string' ? [] : [values.join('|')])].join(' ');

const writeValues = (values: object): string => {
  const file = join(temporaryFolder(), 'values.json');
  writeFileSync(file, JSON.stringify(values));
  return file;
};

/** The chart, with a manifest of what its template says of whatever is tried. */
function chartOfAttempts(): string {
  const chart = join(temporaryFolder(), 'chart');
  cpSync(CHART, chart, { recursive: true });
  const all =
    '{{- $all := list }}{{- range .Values.global.attempts }}{{- $all = append $all (include "shared-postgresql.settingMisfit" .) }}{{- end }}';
  const manifest = `${all}\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: attempts }\ndata: { misfits: {{ toJson $all | toJson }} }\n`;
  writeFileSync(join(chart, 'templates/attempts.yaml'), manifest);
  return chart;
}

/** Of each kind of setting one, with a third of the values that are tried on it: another third for the next. */
const ATTEMPTS: readonly (readonly [Setting, SettingValue])[] = [
  ...new Map(SETTINGS.filter((each) => isForFile(each) && each.type !== 'renamed').map((each) => [kindOf(each), each])).values(),
].flatMap((setting, row) =>
  [...new Set<SettingValue>([...attemptsOn(setting), 0, 1, 1.5, 64, 1e9, true, false])]
    .filter((_, column) => (row + column) % 3 === 0)
    .map((value) => [setting, value] as const),
);

/** A text that YAML reads as a number is the same text to PostgreSQL, and without a name a setting has no rule of its own. */
const wordsOn = (setting: Setting, value: SettingValue): string => misfitOf({ ...setting, name: '' }, String(value)) ?? '';

describe.each(HELM_MAJORS)('Helm %i', (helm) => {
  const fails = async (settings: object, major = 18): Promise<string> => {
    const values = writeValues({ postgresql: { version: String(major), settings } });
    const { code, output } = await tryTemplate(helm, { args: ['--values', values] });
    expect(code, output).not.toBe(0);
    return /settings\.yaml:\d+:\d+\): (.*)$/m.exec(output)?.[1] ?? output;
  };

  test('says of a value what the generator says', async () => {
    const attempts = ATTEMPTS.map(([setting, value]) => [kindOf(setting), value]);
    const values = writeValues({ global: { attempts } });
    const manifests = parseManifests(await template(helm, { chart: chartOfAttempts(), args: ['--values', values] }));
    const misfits: unknown = JSON.parse(dataOf(pick(manifests, 'ConfigMap', 'attempts'))['misfits'] ?? '');
    const disagreements = ATTEMPTS.flatMap(([setting, value], index) => {
      const [ours, theirs] = [wordsOn(setting, value), at(misfits, index)];
      return ours === theirs ? [] : [`${setting.name} = ${JSON.stringify(value)}: we say ${ours}, Helm says ${String(theirs)}`];
    });
    expect(ATTEMPTS.length).toBeGreaterThan(3000);
    expect(disagreements).toEqual([]);
  });

  test.each(MAJORS)('takes every setting of PostgreSQL %i at every bound that the generator takes', async (major) => {
    const takenOf = (setting: Setting): SettingValue[] =>
      [...new Set(attemptsOn(setting))].filter((value) => misfitOf(setting, value) === undefined);
    const taken = settingsOf(major).map((setting) => [setting.name, takenOf(setting)] as const);
    expect(taken.length).toBeGreaterThan(300);
    for (const pick of [0, 1, -1, -2]) {
      const settings = Object.fromEntries(taken.map(([name, values]) => [name, values.at(pick) ?? values[0] ?? '']));
      const file = writeValues({ postgresql: { version: String(major), settings: { ...settings, 'my.own': 'x' } } });
      const { output } = await tryTemplate(helm, { args: ['--values', file] });
      expect(output).not.toMatch(/^Error/m);
    }
  });

  test('knows the settings of each major, and no others', async () => {
    const words = (name: string, major: number): string =>
      `postgresql.settings.${name} is no setting that PostgreSQL ${major} reads from postgresql.conf, and with it the server would not start: ` +
      'look at its spelling, and at postgresql.version.';
    expect(await fails({ work_mm: '8MB' })).toBe(words('work_mm', 18));
    expect(await fails({ io_method: 'worker' }, 17)).toBe(words('io_method', 17));
    expect(await fails({ old_snapshot_threshold: -1 }, 17)).toBe(words('old_snapshot_threshold', 17));
    expect(await fails({ block_size: 8192 })).toBe(words('block_size', 18));
    expect(await fails({ transaction_isolation: 'serializable' })).toBe(words('transaction_isolation', 18));
    // The same name, of another kind before.
    expect(await fails({ log_connections: 'receipt' }, 17)).toBe(
      'postgresql.settings.log_connections is "receipt", and with it the server would not start: it must be on or off.',
    );
    expect(await fails({ sort_mem: 1 })).toContain(
      'sort_mem is 1, and with it the server would not start: it must be a whole number from 64 ',
    );
  });

  test("leaves to the chart what is the chart's", async () => {
    expect(OF_THE_CHART).toEqual(expect.arrayContaining(['port', 'max_connections', 'include']));
    for (const name of OF_THE_CHART)
      expect(await fails({ [name]: '1' })).toBe(
        `postgresql.settings.${name} cannot be set there: it has a field of its own, or the chart depends on it.`,
      );
  });

  test('what --set brings is refused as well, whatever type Helm makes of it', async () => {
    const set = (...args: string[]): Promise<{ code: number; output: string }> => tryTemplate(helm, { args });
    expect(await set('--set', 'postgresql.settings.work_mem=8MB,postgresql.settings.jit=off')).toMatchObject({ code: 0 });
    const { output } = await set('--set', 'postgresql.settings.work_mem=1');
    expect(output).toContain(
      'postgresql.settings.work_mem is 1, and with it the server would not start: ' +
        'it must be a whole number from 64 to 2147483647 (in kB), or one with a unit: B, kB, MB, GB, TB.',
    );
    expect((await set('--set', 'postgresql.settings.work_mem=null')).code).toBe(0);
  });
});
