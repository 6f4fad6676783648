import type { Problem } from '../../domain/base/errors.js';
import type { Module } from './project.js';
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
  module: Pick<Module, 'file'>,
  node: { readonly start: number },
  message: string,
  hint: string,
): Finding {
  return { code, place: toPlace(module.file, node.start), message, hint };
}

export function toProblem(finding: Finding, path: string): Problem {
  return {
    code: finding.code,
    path,
    message: `${finding.place}: ${finding.message}`,
    hint: finding.hint,
  };
}
