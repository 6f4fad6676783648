import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { type ErrorCode, errorCatalogue, isQmtlError, QmtlError } from '../domain/base/errors.js';
import { isStrategyId, isSubmissionId, type SubmissionId } from '../domain/base/ids.js';
import type { SubmissionRecord } from '../domain/ports/graph-reads.js';
import type { Announcement } from '../domain/ports/outbox.js';
import {
  type ObservedRun,
  observedStatus,
  type RowView,
  type SourceFault,
  type StatusSource,
  type Unknown,
} from '../domain/submissions/observed-status.js';
import { receiptToWire } from '../proto/convert/receipt.js';
import { observedStatusToWire } from '../proto/convert/submission.js';
import {
  type GetStrategyStatusResponse,
  GetStrategyStatusResponseSchema,
} from '../proto/gen/qmtl/v1/api_pb.js';
import { withTimeLimit } from '../std/node/time-limit.js';
import type { ApiDeps } from './deps.js';

/** For each of up to three questions in a row: less than what the handler of a request has (docs/spec/submission.md#status). */
const sourceMs = 1_500;

/** The error of an id that neither the graph nor Temporal knows. */
export function unknownSubmission(id: string): QmtlError {
  return new QmtlError('E_NOT_FOUND', `there is no strategy or submission ${id}`, {
    hint: 'GET /v1/gateway/strategies lists committed strategies',
  });
}

/**
 * The status of a submission, or of the newest one of a strategy, from Temporal and the graph together
 * (docs/spec/submission.md#status). A source that is silent is a fault of the answer; only when none answers, the request fails.
 */
export async function readStatus(deps: ApiDeps, id: string): Promise<GetStrategyStatusResponse> {
  if (isSubmissionId(id)) return statusOf(deps, id);
  if (!isStrategyId(id)) throw unknownSubmission(id);
  const [listed, newest] = await Promise.all([
    answerOf('temporal', deps.newestRun(id)),
    answerOf('graph', deps.graph.newestSubmission(id)),
  ]);
  const running = 'answer' in listed && listed.answer?.running === true ? listed.answer : undefined;
  const recorded = 'answer' in newest ? newest.answer : undefined;
  const ended = 'answer' in listed ? listed.answer : undefined;
  const submissionId = (running ?? recorded ?? ended)?.submissionId;
  if (submissionId !== undefined) return statusOf(deps, submissionId);
  throw noneFound(id, [listed, newest]);
}

type Answer<T> = { readonly answer: T } | { readonly fault: SourceFault };

/** An id of which nothing is known is missing only when every source says so. */
function noneFound(id: string, answers: readonly Answer<unknown>[]): QmtlError {
  const faults = answers.flatMap((one) => ('fault' in one ? [one.fault] : []));
  const [first] = faults;
  if (first === undefined) return unknownSubmission(id);
  const silent = faults.map(({ source, message }) => `${source}: ${message}`).join('; ');
  return new QmtlError(first.code, `the status of ${id} is not known; ${silent}`, {
    hint: 'GET /status shows each dependency',
  });
}

async function statusOf(deps: ApiDeps, submissionId: SubmissionId): Promise<GetStrategyStatusResponse> {
  // In this order: a run that is over has its row.
  const run = await runOf(deps, submissionId);
  const { row, record } = await rowOf(deps, submissionId);
  const observed = observedStatus(run.view, row);
  if (observed === undefined) throw unknownSubmission(submissionId);
  if (observed.state === undefined && isFault(run.view) && isFault(row))
    throw noneFound(submissionId, [run.view, row]);
  const strategyId = record?.strategyId ?? run.strategyId ?? '';
  return create(GetStrategyStatusResponseSchema, {
    strategyId,
    workflowId: record?.workflowId ?? run.workflowId ?? '',
    status: observedStatusToWire({ submissionId, strategyId }, observed),
    ...(record === undefined ? {} : { registeredAt: timestampFromMs(record.registeredAt) }),
    ...(record?.receipt === undefined ? {} : { receipt: receiptToWire(record.receipt) }),
  });
}

function isFault(view: { readonly kind: string }): view is { kind: 'unknown'; fault: SourceFault } {
  return view.kind === 'unknown' && 'fault' in view;
}

async function runOf(deps: ApiDeps, submissionId: SubmissionId): Promise<ObservedRun> {
  const answered = await answerOf('temporal', deps.observeRun(submissionId));
  if ('fault' in answered) return { view: { kind: 'unknown', fault: answered.fault } };
  const { view } = answered.answer;
  return view.kind === 'unknown' && view.fault !== undefined
    ? { ...answered.answer, view: { kind: 'unknown', fault: shown('temporal', view.fault.code) } }
    : answered.answer;
}

/** Not the message: it may contain an address. */
function shown(source: StatusSource, code: ErrorCode): SourceFault {
  return { source, code, message: errorCatalogue[code].says };
}

interface Row {
  readonly row: RowView | Unknown;
  readonly record?: SubmissionRecord;
}

async function rowOf({ graph }: ApiDeps, submissionId: SubmissionId): Promise<Row> {
  const read = async (): Promise<Row> => {
    const record = await graph.submission(submissionId);
    if (record === undefined) return { row: { kind: 'none' } };
    const { state: kind, counts } = record;
    if (kind !== 'committed') return { row: { kind, counts }, record };
    const announcement = announcementOf(await graph.announcement(submissionId));
    return { row: { kind, counts, announcement }, record };
  };
  const answered = await answerOf('graph', read());
  return 'answer' in answered ? answered.answer : { row: { kind: 'unknown', fault: answered.fault } };
}

function announcementOf({ waiting, parked }: Announcement) {
  if (waiting) return 'pending';
  return parked > 0 ? 'parked' : 'done';
}

/** The answer of a source, or why there is none. An error outside the catalogue is not shown: it is a fault of this process. */
async function answerOf<T>(source: StatusSource, asked: Promise<T>): Promise<Answer<T>> {
  const late = () =>
    new QmtlError(
      source === 'graph' ? 'E_GRAPH_UNAVAILABLE' : 'E_TEMPORAL_UNAVAILABLE',
      `no answer within ${sourceMs} ms`,
    );
  try {
    return { answer: await withTimeLimit(sourceMs, asked, late) };
  } catch (error) {
    if (!isQmtlError(error) || error.code === 'E_INTERNAL') throw error;
    return { fault: shown(source, error.code) };
  }
}
