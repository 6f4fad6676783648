import type { Problem } from '../../domain/base/errors.js';
import type { Module } from './project.js';
import { packageName } from './resolve-specifier.js';
import { toPlace } from './syntax.js';

/** A fault in an author's code. */
export interface Finding {
  readonly code: 'E_CAPTURE' | 'E_IMPURE_COMPUTE';
  /** `file:line:column`, for display. */
  readonly place: string;
  readonly message: string;
  readonly hint: string;
}

/** A finding at a node of a module. */
export function findingAt(
  code: Finding['code'],
  { file, isPackage }: Pick<Module, 'file' | 'isPackage'>,
  node: { readonly start: number },
  message: string,
  hint: string,
): Finding {
  const place = toPlace(file, node.start);
  if (!isPackage) return { code, place, message, hint };
  return { code, place, message: `${message}, in the package ${packageName(file.path)}`, hint: packageHint };
}

/** An author cannot correct what a package says. */
export const packageHint =
  'import only the function that is needed, by its file if the package has one, or copy it into the project, or use another package';

export function toProblem(finding: Finding, path: string): Problem {
  return {
    code: finding.code,
    path,
    message: `${finding.place}: ${finding.message}`,
    hint: finding.hint,
  };
}
