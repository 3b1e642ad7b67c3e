import table from '../../postgresql/libraries.json' with { type: 'json' };
import type { CompleteValues } from './contract.ts';
import { engineOf } from './engine.ts';

/** Whether the image is the official one, of which it is known what it has. An image of one's own may have more. */
export function isOfficialImage({ image }: CompleteValues): boolean {
  return ['library/postgres', 'postgres'].includes(image.repository);
}

/**
 * Whether nothing is where the server looks for its files but what the official image has there. Another registry may have another image of that name, a
 * volume may bring files, and a server that is not ours has its own.
 */
export function isOfficialAlone(values: CompleteValues): boolean {
  const { image, extraVolumeMounts } = values;
  return isOfficialImage(values) && image.registry === 'docker.io' && extraVolumeMounts.length === 0 && engineOf(values).isOurs;
}

/** Whether the official image of a major has a library that a server can load. */
export function hasLibrary(name: string, major: number): boolean {
  return table.libraries.some((library) => library.name === name && library.majors.includes(major));
}

/** The major of the server. */
export function majorOf({ postgresql }: CompleteValues): number {
  return Number(postgresql.version);
}
