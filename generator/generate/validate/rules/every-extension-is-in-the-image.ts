import type { Path } from '../../problem.ts';
import { engineOf } from '../engine.ts';
import { EXTENSIONS } from '../extensions.ts';
import type { Finding } from '../finding.ts';
import { isOfficialAlone, isOfficialImage, majorOf } from '../image.ts';
import { nearest } from '../nearest.ts';
import type { Rule } from '../rule.ts';

/** Every extension of PostgreSQL that values.yaml names is one of this major and in the official image, if that is the image. */
export const rule: Rule = ({ values }) =>
  isOfficialImage(values) ? listExtensions(values).flatMap((extension) => findingsOf(extension, values)) : [];

type Values = Parameters<Rule>[0]['values'];

interface NamedExtension {
  readonly path: Path;
  readonly name: string;
}

function listExtensions({ postgresql, services }: Values): NamedExtension[] {
  const lists: [Path, readonly string[]][] = [
    [['postgresql', 'allowedExtensions'], postgresql.allowedExtensions],
    ...Object.entries(services).map(([service, { extensions }]): [Path, readonly string[]] => [
      ['services', service, 'extensions'],
      extensions,
    ]),
  ];
  const placed = Object.entries(services).flatMap(([service, { placedExtensions }]) =>
    Object.keys(placedExtensions).map((name) => ({ path: ['services', service, 'placedExtensions', name], name })),
  );
  const all = [...lists.flatMap(([path, names]) => names.map((name, index) => ({ path: [...path, index], name }))), ...placed];
  // What no image could make harmless is refused for that.
  return all.filter(({ path, name }) => path[0] === 'services' || EXTENSIONS.get(name)?.refusal === undefined);
}

function findingsOf({ path, name }: NamedExtension, values: Values): Finding[] {
  const missing =
    whyMissing(name, majorOf(values)) ??
    (isThere({ path, name }, values) ? undefined : `the official image has no extension "${name}"`);
  const hint = 'Take it out, or name the image that has it in image.repository.';
  return missing === undefined ? [] : [{ path, message: missing, hint }];
}

function whyMissing(name: string, major: number): string | undefined {
  const known = EXTENSIONS.get(name);
  if (known === undefined) {
    const meant = nearest(name, [...EXTENSIONS.keys()]);
    return meant === undefined ? undefined : `PostgreSQL has no extension "${name}"; did you mean ${meant}?`;
  }
  if (known.majors.includes(major)) return undefined;
  return `PostgreSQL ${major} has no extension "${name}"; it is one of PostgreSQL ${known.majors.join(', ')}`;
}

/** As far as it is known. What is allowed alone is made by nobody: where nobody here knows it, that is a note. */
function isThere({ path, name }: NamedExtension, values: Values): boolean {
  const known = EXTENSIONS.get(name);
  if (known !== undefined) return known.isInImage || !engineOf(values).isOurs;
  return path[0] !== 'services' || !isOfficialAlone(values);
}
