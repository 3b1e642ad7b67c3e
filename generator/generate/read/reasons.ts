/** Why a file or folder could not be used, by what the operating system says (errno.h). */
const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'whoever runs this may not',
  EPERM: 'whoever runs this may not',
  EBUSY: 'something else is using it',
  EDQUOT: 'no more may be stored on its disk',
  EEXIST: 'there is something of this name already',
  EFBIG: 'it is too large',
  EIO: 'its disk does not work',
  EISDIR: 'it is a folder',
  ELOOP: 'its symbolic links lead to no end',
  EMFILE: 'too many files are open',
  ENAMETOOLONG: 'its name is too long for the disk',
  ENFILE: 'too many files are open',
  ENODEV: 'it is no regular file',
  ENOENT: 'there is none of this name',
  ENOSPC: 'its disk is full',
  ENOTDIR: 'a file stands where its path has a folder',
  ENOTEMPTY: 'there is something in it',
  ENXIO: 'it is no regular file',
  EROFS: 'its disk is read-only',
  EXDEV: 'its folder is on two disks',
};

/** Why a file or folder could not be used, as the end of a sentence, from what was thrown. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return REASONS[codeOf(error) ?? ''] ?? error.message;
}

/** The system's name of an error: `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}
