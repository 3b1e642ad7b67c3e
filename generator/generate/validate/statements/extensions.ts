import { EXTENSIONS } from '../extensions.ts';
import type { Judge, Refusal } from './refusal.ts';
import type { Service } from './service.ts';
import { textAt } from '../tree.ts';

/** CREATE EXTENSION: what is there already, what only the admin may make, and what the server does not have. */
export const judgeCreate: Judge = (statement, service) => {
  const name = textAt(statement, 'extname');
  const isMade = service.extensions.includes(name) || name === 'plpgsql';
  if (isMade) return statement['if_not_exists'] === true ? undefined : alreadyThere(name);
  return whyNotCreated(name, service);
};

function alreadyThere(name: string): Refusal {
  const hint =
    name === 'plpgsql' ? 'Leave the statement out.' : 'Write CREATE EXTENSION IF NOT EXISTS, or leave the statement out.';
  return { message: `the extension ${name} is there before the schema files run`, hint };
}

/** A language is an extension, which the image must have. */
export function whyNotInImage(name: string, { major, isOfficialImage }: Service): Refusal | undefined {
  const known = EXTENSIONS.get(name);
  if (known === undefined || !isOfficialImage || (known.isInImage && known.majors.includes(major))) return undefined;
  return notInImage(name, major);
}

function notInImage(name: string, major: number): Refusal {
  const hint = 'Leave it out, or name the image that has it in image.repository.';
  return { message: `the official image of PostgreSQL ${major} has no extension "${name}"`, hint };
}

function whyNotCreated(name: string, service: Service): Refusal | undefined {
  const known = EXTENSIONS.get(name);
  const isUnheard = known === undefined && service.isOfficialImage;
  const missing = isUnheard ? notInImage(name, service.major) : whyNotInImage(name, service);
  if (missing !== undefined || known === undefined || known.isTrusted) return missing;
  const hint =
    known.refusal === undefined
      ? `Name it in the service's extensions and in postgresql.allowedExtensions: then it is there before the schema files run.`
      : `Leave it out; on a shared server nobody has it. ${known.refusal}`;
  return { message: `only the admin can create the extension ${name}`, hint };
}

/** Extensions of which PostgreSQL or the admin is the owner. */
export function judgeOwn(namesIn: (statement: Parameters<Judge>[0]) => readonly string[]): Judge {
  return (statement, { extensions }) => {
    const isForeign = (name: string): boolean =>
      name === 'plpgsql' || (extensions.includes(name) && EXTENSIONS.get(name)?.isTrusted !== true);
    const foreign = namesIn(statement).find(isForeign);
    return foreign === undefined
      ? undefined
      : { message: `the extension ${foreign} belongs to the admin`, hint: 'Leave the statement out.' };
  };
}
