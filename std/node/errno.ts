/**
 * The code of a failed system call, such as `ENOENT`, or of another error of Node; undefined for errors without one. Safe for any
 * value, also one that throws while it is read.
 */
export function findErrno(error: unknown): string | undefined {
  try {
    return error instanceof Error && 'code' in error && typeof error.code === 'string'
      ? error.code
      : undefined;
  } catch {
    return undefined;
  }
}

const permission = 'permission denied';
const otherFolder = 'a part of its path is not a folder';
const openFiles = 'too many files are open';
const size = 'it is too large';

/** Why a file cannot be used, to follow `cannot be read: `, by the code of Node. */
const reasons: ReadonlyMap<string | undefined, string> = new Map([
  ['ENOENT', 'no such file'],
  ['EISDIR', 'it is a folder'],
  ['ENOTDIR', otherFolder],
  ['EEXIST', otherFolder],
  ['EACCES', permission],
  ['EPERM', permission],
  ['EROFS', 'the file system is read-only'],
  ['ENOSPC', 'no space is left on the device'],
  ['EDQUOT', 'the disk quota is used up'],
  ['EFBIG', 'the file would be too large'],
  ['EIO', 'the device reports an error'],
  ['EMFILE', openFiles],
  ['ENFILE', openFiles],
  ['EPIPE', 'the reader of the pipe is gone'],
  ['ELOOP', 'its symbolic links form a loop'],
  ['ENAMETOOLONG', 'the path is too long'],
  ['ERR_FS_FILE_TOO_LARGE', size],
  ['ERR_STRING_TOO_LONG', size],
]);

/** Why a file operation failed; undefined when the code of the error is not that of one. */
export function fileReason(error: unknown): string | undefined {
  return reasons.get(findErrno(error));
}
