import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { codeOf, reasonOf } from './reasons.ts';

/** What became of reading a file: its bytes, or how many there are if that is too many, or why there are none. */
export type Reading = { readonly bytes: Uint8Array } | { readonly size: number } | { readonly unreadable: string };

export interface ReadingLimits {
  /** The size from which on it is not read, in bytes. */
  readonly most: number;
  /** Whether a link is read through, because a person named it. */
  readonly followsLink: boolean;
}

/**
 * Reads a regular file and nothing else: a pipe would be waited for, a device may have no end. It is opened first and looked at then, so that
 * what was looked at is what is read.
 */
export function readRegularFile(path: string, limits: ReadingLimits): Reading {
  const { O_RDONLY, O_NONBLOCK, O_NOFOLLOW } = constants;
  try {
    const file = openSync(path, O_RDONLY | O_NONBLOCK | (limits.followsLink ? 0 : O_NOFOLLOW));
    try {
      return readOpen(file, limits.most);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    const isLink = !limits.followsLink && codeOf(error) === 'ELOOP';
    return { unreadable: isLink ? 'it is a symbolic link' : reasonOf(error) };
  }
}

function readOpen(file: number, most: number): Reading {
  const state = fstatSync(file);
  if (!state.isFile()) return { unreadable: state.isDirectory() ? 'it is a folder' : 'it is no regular file' };
  return state.size > most ? { size: state.size } : { bytes: readFileSync(file) };
}
