import { toJson } from '@bufbuild/protobuf';
import type { Client } from '@temporalio/client';
import { Command } from 'commander';
import { isQmtlError, QmtlError } from '../../domain/base/errors.js';
import { isStrategyId, isSubmissionId, type SubmissionId } from '../../domain/base/ids.js';
import { announcementFromWire, stateName } from '../../proto/convert/submission.js';
import { GetStrategyStatusResponseSchema } from '../../proto/gen/qmtl/v1/api_pb.js';
import { type SubmissionStatus, SubmissionStatusSchema } from '../../proto/gen/qmtl/v1/submission_pb.js';
import { answerJson } from '../../proto/json.js';
import { ApiClient } from '../io/api-client.js';
import { readConfig } from '../io/configuration.js';
import { unlessInterrupted } from '../io/interruption.js';
import { type CliIo, type GlobalOptions, printResult, textFields } from '../io/io.js';
import { withClient } from '../io/temporal-client.js';

/** `qmtl status ID`: of a submission from its workflow, of a strategy's newest submission from the API. */
export function statusCommand(io: CliIo): Command {
  return new Command('status')
    .description('show the status of a submission, or of the newest one of a strategy')
    .argument('<id>', 'submission id, workflow id or strategy id')
    .action(async (id: string, _own: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const { parseSubmissionWorkflowId } = await import('../../workflows/contract.js');
      const submissionId = parseSubmissionWorkflowId(id) ?? id;
      if (isSubmissionId(submissionId)) {
        const config = await readConfig(io, options);
        const status = await withClient(io, config, (client) => answerOf(io, client, submissionId));
        const json = toJson(SubmissionStatusSchema, status, answerJson);
        return printResult(io, options.output, json, () => textFields(statusFields(status)));
      }
      if (!isStrategyId(id))
        throw new QmtlError('E_USAGE', `${id} is neither a submission nor a strategy id`, {
          hint: 'a submission id is blake3: and 64 hex digits; a strategy id has a-z, 0-9, `.`, `_` and `-`',
        });
      return strategyStatus(io, options, id);
    });
}

/** A query needs a worker; without one Temporal would wait longer than a user does. */
const answerMs = 10_000;

async function answerOf(io: CliIo, client: Client, submissionId: SubmissionId): Promise<SubmissionStatus> {
  const { submissionHandle } = await import('../../temporal/clients/submit-strategy.js');
  const asked = client
    .withDeadline(Date.now() + answerMs, () => submissionHandle(client, submissionId).status())
    .catch((cause: unknown) => {
      if (!isQmtlError(cause) || cause.code !== 'E_TEMPORAL_UNAVAILABLE') throw cause;
      throw new QmtlError('E_TEMPORAL_UNAVAILABLE', `the submission did not answer in ${answerMs / 1000} s`, {
        hint: 'it is not lost, but its status needs a worker: start one with `qmtl up`',
        cause,
      });
    });
  return unlessInterrupted(io, asked, 'stopped before the submission answered', 'nothing has changed');
}

async function strategyStatus(io: CliIo, options: GlobalOptions, strategyId: string): Promise<void> {
  const api = ApiClient.of(await readConfig(io, options), io);
  const found = await api.get(
    GetStrategyStatusResponseSchema,
    `/v1/gateway/strategies/${encodeURIComponent(strategyId)}/status`,
  );
  if (found === undefined) {
    throw new QmtlError('E_NOT_FOUND', `the strategy ${strategyId} was never submitted`, {
      hint: 'check the name; `qmtl status` takes a strategy id or a submission id',
    });
  }
  const json = toJson(GetStrategyStatusResponseSchema, found, answerJson);
  const sentinel = found.receipt?.sentinelId;
  printResult(io, options.output, json, () =>
    textFields({
      ...(found.status === undefined ? {} : statusFields(found.status)),
      workflow: found.workflowId,
      ...(sentinel === undefined ? {} : { sentinel }),
    }),
  );
}

const unannounced = {
  pending: 'not yet: the bus is away',
  parked: 'not completely: the bus refused events, see `qmtl outbox list`',
} as const;

function statusFields(status: SubmissionStatus): Record<string, string | number> {
  const { retrying, counts } = status;
  const announcement = announcementFromWire(status.announcement);
  return {
    submission: status.submissionId,
    strategy: status.strategyId,
    state:
      retrying === undefined
        ? stateName(status.state)
        : `in progress, retrying ${retrying.step} (round ${retrying.rounds})`,
    ...(retrying === undefined ? {} : { because: `${retrying.code}: ${retrying.message}` }),
    ...(counts === undefined
      ? {}
      : { nodes: `${counts.reuse} reused, ${counts.buffering} buffering, ${counts.new} new` }),
    ...(announcement === 'done' ? {} : { announced: unannounced[announcement] }),
  };
}
