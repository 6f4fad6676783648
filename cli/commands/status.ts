import { create, toJson } from '@bufbuild/protobuf';
import type { Client } from '@temporalio/client';
import { Command } from 'commander';
import type { Config } from '../../config/schema.js';
import { isQmtlError, QmtlError } from '../../domain/base/errors.js';
import { isStrategyId, isSubmissionId } from '../../domain/base/ids.js';
import { observedStatus, type SourceFault } from '../../domain/submissions/observed-status.js';
import { announcementFromWire, observedStatusToWire, stateName } from '../../proto/convert/submission.js';
import {
  type GetStrategyStatusResponse,
  GetStrategyStatusResponseSchema,
} from '../../proto/gen/qmtl/v1/api_pb.js';
import {
  type Problem,
  SubmissionState,
  type SubmissionStatus,
} from '../../proto/gen/qmtl/v1/submission_pb.js';
import { answerJson } from '../../proto/json.js';
import { ApiClient } from '../io/api-client.js';
import { readConfig } from '../io/configuration.js';
import { unlessInterrupted } from '../io/interruption.js';
import { type CliIo, type GlobalOptions, printResult, textFields } from '../io/io.js';
import { withClient } from '../io/temporal-client.js';
import { outputsText } from '../report/diff-table.js';

/** `qmtl status ID`: of a submission, or of the newest one of a strategy, from the API; without one, from Temporal alone. */
export function statusCommand(io: CliIo): Command {
  return new Command('status')
    .description('show the status of a submission, or of the newest one of a strategy')
    .argument('<id>', 'submission id, workflow id or strategy id')
    .action(async (id: string, _own: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const { parseSubmissionWorkflowId } = await import('../../workflows/contract.js');
      const wanted = parseSubmissionWorkflowId(id) ?? id;
      if (!isSubmissionId(wanted) && !isStrategyId(id))
        throw new QmtlError('E_USAGE', `${id} is neither a submission nor a strategy id`, {
          hint: 'a submission id is blake3: and 64 hex digits; a strategy id has a-z, 0-9, `.`, `_` and `-`',
        });
      const found = await statusFrom(io, await readConfig(io, options), wanted);
      if (found === undefined) throw neverSubmitted(wanted);
      printStatus(io, options, found);
    });
}

function neverSubmitted(id: string): QmtlError {
  return isSubmissionId(id)
    ? new QmtlError('E_NOT_FOUND', 'neither the graph nor Temporal knows this submission', {
        hint: 'check the id; Temporal forgets submissions that failed after its retention time',
      })
    : new QmtlError('E_NOT_FOUND', `the strategy ${id} was never submitted`, {
        hint: 'check the name; `qmtl status` takes a strategy id or a submission id',
      });
}

/** The API asks the graph and Temporal. Where it is away, Temporal is asked from here, and the answer says so. */
async function statusFrom(
  io: CliIo,
  config: Config,
  id: string,
): Promise<GetStrategyStatusResponse | undefined> {
  try {
    return await ApiClient.of(config, io).get(
      GetStrategyStatusResponseSchema,
      `/v1/gateway/strategies/${encodeURIComponent(id)}/status`,
    );
  } catch (error) {
    if (!isQmtlError(error) || error.code !== 'E_API_UNAVAILABLE') throw error;
    const fault = { source: 'api', code: error.code, message: error.message } as const;
    const asked = withClient(io, config, (client) => statusOfRun(client, id, fault));
    return unlessInterrupted(io, asked, 'stopped before Temporal answered', 'nothing has changed');
  }
}

/** A query needs a worker; without one Temporal would wait longer than a user does. */
const answerMs = 10_000;

async function statusOfRun(
  client: Client,
  id: string,
  fault: SourceFault,
): Promise<GetStrategyStatusResponse | undefined> {
  const { newestRun, observeRun } = await import('../../temporal/clients/run-view.js');
  const submissionId = isSubmissionId(id) ? id : (await newestRun(client, id, answerMs))?.submissionId;
  const run = submissionId && (await observeRun(client, submissionId, answerMs));
  const observed = run && observedStatus(run.view, { kind: 'unknown', fault });
  if (!submissionId || !observed || run.view.kind === 'none' || run.view.kind === 'unknown') {
    const said = run?.view.kind === 'unknown' ? run.view.fault?.message : 'Temporal knows no run of it';
    throw new QmtlError(fault.code, `${fault.message}; ${said ?? 'Temporal does not answer'}`, {
      hint: 'start the API with `qmtl up`, or set QMTL_API_URL to a running one: it also asks the graph',
    });
  }
  const strategyId = run.strategyId ?? '';
  return create(GetStrategyStatusResponseSchema, {
    strategyId,
    workflowId: run.workflowId ?? '',
    status: observedStatusToWire({ submissionId, strategyId }, observed),
  });
}

function printStatus(io: CliIo, options: GlobalOptions, found: GetStrategyStatusResponse): void {
  const json = toJson(GetStrategyStatusResponseSchema, found, answerJson);
  const { sentinelId: sentinel, outputs = [] } = found.receipt ?? {};
  printResult(io, options.output, json, () =>
    [
      textFields({
        ...(found.status === undefined ? {} : statusFields(found.status)),
        workflow: found.workflowId,
        ...(sentinel === undefined ? {} : { sentinel }),
      }),
      ...outputsText(outputs),
    ].join('\n'),
  );
}

const unannounced = {
  pending: 'not yet: the bus is away',
  parked: 'not completely: the bus refused events, see `qmtl outbox list`',
} as const;

function statusFields(status: SubmissionStatus): Record<string, string | number> {
  const { retrying, counts, failure, faults, problems } = status;
  const announcement = announcementFromWire(status.announcement);
  return {
    submission: status.submissionId,
    strategy: status.strategyId,
    state: stateText(status),
    ...(retrying === undefined ? {} : { because: `${retrying.code}: ${retrying.message}` }),
    ...(failure === undefined ? {} : { because: `${failure.code}: ${failure.message}` }),
    ...(problems?.problems[0] === undefined ? {} : { problem: firstOf(problems.problems) }),
    ...(counts === undefined
      ? {}
      : { nodes: `${counts.reuse} reused, ${counts.buffering} buffering, ${counts.new} new` }),
    ...(announcement === 'done' ? {} : { announced: unannounced[announcement] }),
    ...Object.fromEntries(
      faults.map(({ source, code, message }) => [`${source} silent`, `${code}: ${message}`]),
    ),
  };
}

function stateText({ state, retrying }: SubmissionStatus): string {
  if (retrying !== undefined)
    return `in progress, retrying ${retrying.step}${retrying.rounds === 0 ? '' : ` (round ${retrying.rounds})`}`;
  return state === SubmissionState.UNSPECIFIED ? 'unknown' : stateName(state);
}

function firstOf(problems: readonly Problem[]): string {
  const [first] = problems;
  const more = problems.length === 1 ? '' : `, and ${problems.length - 1} more (--output json)`;
  return `${first?.code} at ${first?.path}: ${first?.message}${more}`;
}
