import type { Problem } from '../../domain/base/errors.js';

/** A fault that the compiler also refuses; reported here for authors of plain JavaScript. */
export function definitionFault(path: string, message: string, hint: string): Problem {
  return { code: 'E_SCHEMA_INVALID', path, message, hint };
}
