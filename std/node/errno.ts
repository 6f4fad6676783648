/** The code of a failed system call, such as `ENOENT`; undefined for any other error. */
export function findErrno(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  return error.code;
}
