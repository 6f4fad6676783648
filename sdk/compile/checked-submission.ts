import { QmtlError } from '../../domain/base/errors.js';
import { limits } from '../../domain/base/limits.js';
import { dagDocument } from '../../domain/dag/dag-digest.js';
import type { Submission } from '../../domain/submissions/submission.js';
import { type AcceptedDag, parseSubmission } from '../../domain/submissions/submission-document.js';
import type { Json } from '../../std/json.js';

/** The submission a document stands for. Throws QmtlError with every problem. */
export function checkedSubmission(document: unknown): Submission {
  const checked = parseSubmission(document, limits, acceptedDagOf);
  if (checked.ok) return checked.submission;
  const count = checked.problems.length + checked.more;
  const [first] = checked.problems;
  throw new QmtlError(
    first?.code ?? 'E_SCHEMA_INVALID',
    `the submission has ${count} problem${count === 1 ? '' : 's'}`,
    {
      problems: checked.problems,
      hint: 'nothing was sent; mend what is listed and submit again',
    },
  );
}

/** Documents this process made of DAGs it had accepted. Frozen, so what was accepted is still what they say. */
const accepted = new WeakMap<object, AcceptedDag>();

/** The `dag` of a submission document, which `checkedSubmission` recognises: a DAG is accepted and hashed once in a process. */
export function acceptedDagDocument(dag: AcceptedDag): { readonly nodes: readonly Json[] } {
  const document = dagDocument(dag.dag);
  freeze(document);
  accepted.set(document, dag);
  return document;
}

function acceptedDagOf(document: unknown): AcceptedDag | undefined {
  return typeof document === 'object' && document !== null ? accepted.get(document) : undefined;
}

/** The value and everything in it; what is frozen already was frozen whole. */
function freeze(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  for (const member of Object.values(value)) freeze(member);
  Object.freeze(value);
}
