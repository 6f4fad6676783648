import { QmtlError } from '../../domain/base/errors.js';
import { limits } from '../../domain/base/limits.js';
import { type DagJson, dagDocument } from '../../domain/dag/dag-digest.js';
import type { Submission } from '../../domain/submissions/submission.js';
import { type AcceptedDag, parseSubmission } from '../../domain/submissions/submission-document.js';
import { deepFreeze } from '../../std/deep-freeze.js';

/** Parses and checks a submission document. Throws QmtlError with all problems. */
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
      hint: 'fix the listed problems',
    },
  );
}

/** DAG documents that this process created from accepted DAGs. They are frozen, so they still match those DAGs. */
const accepted = new WeakMap<object, AcceptedDag>();

/** The `dag` of a submission document. `checkedSubmission` recognises it, so a process checks and hashes a DAG once. */
export function acceptedDagDocument(dag: AcceptedDag): DagJson {
  const document = deepFreeze(dagDocument(dag.dag));
  accepted.set(document, dag);
  return document;
}

function acceptedDagOf(document: unknown): AcceptedDag | undefined {
  return typeof document === 'object' && document !== null ? accepted.get(document) : undefined;
}
