import { expect, test } from 'vitest';
import { defaultsOf, fieldsOf } from '../../generator/generate/fields.ts';
import { parseValues } from '../../generator/generate/parse.ts';
import { renderValues } from '../../generator/generate/render/values.ts';
import { HELM_MAJORS } from '../tools/helm.ts';
import { readDefaultsByHelm } from '../tools/helm-yaml.ts';
import { Random } from '../tools/random.ts';
import { randomScalar, randomText } from './documents.ts';
import { project } from '../tools/project.ts';

const SEED = Number(process.env['SEED'] ?? 1);

test('chart/values.yaml gives back every text and every key, whatever they look like', async () => {
  const random = new Random(SEED);
  // Longer keys are refused, and what looks like a merge.
  const key = (text: string): string => (text === '<<' ? '<' : [...text].slice(0, 150).join(''));
  const texts = (): Record<string, unknown> =>
    Object.fromEntries(random.some(6, () => [key(randomText(random)), randomText(random)]));
  const name = (): string => key(random.once(2) ? randomScalar(random) : randomText(random));
  const service = (): object => ({
    labels: texts(),
    extensions: random.some(3, name),
    connectionLimit: random.below(100),
    enabled: random.once(2),
  });
  const services = Object.fromEntries(Array.from({ length: 300 }, () => [name(), service()]));

  const fields = fieldsOf(project.contract);
  const [file] = renderValues({ fields, declaredServices: services });
  const text = file?.content ?? '';
  const values = { ...defaultsOf(fields), services };
  for (const major of HELM_MAJORS) expect(await readDefaultsByHelm(major, text)).toEqual({ values });
  expect(parseValues('values.yaml', text)).toMatchObject({ problems: [], values });
});
