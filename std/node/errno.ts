/** The code of a failed system call, such as `ENOENT`, or of another error of Node; undefined for errors without one. */
export function findErrno(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  return error.code;
}
