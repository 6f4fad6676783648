import type { Client } from '@temporalio/client';
import { Command, InvalidArgumentError } from 'commander';
import { isErrorCode, QmtlError } from '../../domain/base/errors.js';
import { moduleTypes } from '../../sdk/compile/module-types.js';
import type { SubmissionAcceptance } from '../../sdk/submission/submission-types.js';
import { type SubmissionHandle, type SubmissionOutcome, submit } from '../../sdk/submission/submit.js';
import { signingKeyOf } from '../io/code-keys.js';
import { readConfig } from '../io/configuration.js';
import { unlessInterrupted } from '../io/interruption.js';
import { type CliIo, count, type GlobalOptions, printResult, textFields } from '../io/io.js';
import { checkedPlacement, noteSafeMode, withPlacement } from '../io/placement-options.js';
import { type PlacementOptions, readSubmissionFile } from '../io/submission-file.js';
import { withClient } from '../io/temporal-client.js';
import { progressText, waitForReceipt } from '../io/wait-for-receipt.js';
import { addedTagsText, diffLines, diffTable, outputLines, outputsText } from '../report/diff-table.js';
import { receiptSummary } from '../report/receipt-summary.js';

interface SubmitOptions extends GlobalOptions, PlacementOptions {
  readonly wait: boolean;
  readonly timeout: number;
}

const acceptSeconds = 60;

/** `qmtl submit FILE`: sends a strategy to the control plane; with --wait it waits for the commit. */
export function submitCommand(io: CliIo): Command {
  return withPlacement(new Command('submit'))
    .description('submit a strategy module, or a DAG in JSON or protobuf')
    .argument('<file>', `strategy module (${moduleTypes}), DAG or submission (.json) or qmtl.v1.Dag (.binpb)`)
    .option('--wait', 'wait until it is committed and print the receipt', false)
    .option('--timeout <seconds>', 'how long to wait for a worker to accept it', parseSeconds, acceptSeconds)
    .action(async (file: string, _own: unknown, command: Command) => {
      const options = command.optsWithGlobals<SubmitOptions>();
      const { document } = await readSubmissionFile(io, file, options);
      const { context } = checkedPlacement(document, options);
      const config = await readConfig(io, options);
      const signingKey = await signingKeyOf(config);
      await withClient(io, config, async (client) => {
        const { handle, acceptance } = await accepted(io, client, document, { signingKey }, options.timeout);
        noteSafeMode(io, context);
        if (options.wait) return printReceipt(io, options, handle, await waitForReceipt(io, handle));
        const { submissionId, workflowId, joined } = acceptance;
        const result = { submission_id: submissionId, workflow_id: workflowId, joined, accepted: true };
        return printResult(
          io,
          options.output,
          result,
          () => `${textFields(strings(result))}\nfollow it with \`qmtl status ${submissionId}\``,
        );
      });
    });
}

/** Passes when nothing has happened for some seconds. */
class Deadline {
  readonly passed: Promise<void>;
  readonly #seconds: number;
  #pass: () => void = () => {};
  #timer: NodeJS.Timeout | undefined;

  constructor(seconds: number) {
    this.#seconds = seconds;
    this.passed = new Promise((resolve) => {
      this.#pass = resolve;
    });
    this.restart();
  }

  restart(): void {
    this.end();
    this.#timer = setTimeout(this.#pass, this.#seconds * 1000);
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}

const goesOn = 'a submission that reached Temporal is not lost: submit it again to join it';

/** Why a submission was not accepted in time. A worker that retries is not a missing worker. */
async function notAccepted(handle: SubmissionHandle, seconds: number): Promise<never> {
  const progress = await handle.progress();
  const { retrying, faults = [] } = progress;
  const [fault] = faults;
  const missing = fault !== undefined && fault.source === 'worker' && fault.code === 'E_TEMPORAL_UNAVAILABLE';
  if (missing)
    throw new QmtlError('E_TEMPORAL_UNAVAILABLE', `no worker accepted the submission in ${seconds} s`, {
      hint: `start a worker with \`qmtl up\`; ${goesOn}`,
    });
  const code = retrying?.code ?? fault?.code ?? '';
  throw new QmtlError(
    isErrorCode(code) ? code : 'E_TEMPORAL_UNAVAILABLE',
    `not accepted in ${seconds} s: ${progressText(progress)}`,
    { hint: `it goes on by itself; follow it with \`qmtl status ${handle.submission.submissionId}\`` },
  );
}

/** Temporal keeps a submission until a worker polls; the user gets an error after a while, or may stop waiting. */
async function accepted(
  io: CliIo,
  client: Client,
  document: unknown,
  signing: Parameters<typeof submit>[2],
  seconds: number,
): Promise<{ handle: SubmissionHandle; acceptance: SubmissionAcceptance }> {
  const late = new Deadline(seconds);
  try {
    const handle = await submit(client, document, signing, (parts, all) => {
      late.restart();
      io.progress(`submitted; ${parts} of ${all} parts of its code are stored`);
    });
    io.progress('submitted; waiting for a worker to accept it');
    const tooLate = late.passed.then(() => notAccepted(handle, seconds));
    tooLate.catch(() => {});
    const first = Promise.race([handle.accepted(), tooLate]);
    const stopped = 'stopped before a worker accepted the submission';
    return { handle, acceptance: await unlessInterrupted(io, first, stopped, goesOn) };
  } finally {
    late.end();
    io.progress('');
  }
}

function printReceipt(
  io: CliIo,
  { output }: SubmitOptions,
  { submission, workflowId }: SubmissionHandle,
  { receipt, joined, announcement }: SubmissionOutcome,
): void {
  const lines = diffLines(submission.dag.nodes, receipt.nodes);
  const result = {
    ...receiptSummary(receipt),
    joined,
    announcement,
    workflow_id: workflowId,
    outputs: outputLines(receipt.outputs),
    queue_map: lines,
    mismatches: receipt.mismatches,
  };
  printResult(io, output, result, () => {
    const { queue_map: _map, outputs, mismatches, ...fields } = result;
    const table =
      lines.length === receipt.nodeCount
        ? diffTable(lines)
        : `${count(receipt.nodeCount, 'node')}: too many for a receipt; \`qmtl diff\` and \`qmtl queues\` list them`;
    const differing = mismatches.map(
      ({ topic, setting, wanted, actual }) =>
        `${topic}: ${setting} is ${actual}, its class asks for ${wanted}`,
    );
    const known = joined
      ? ['joined: this content was submitted before; the receipt is the first one, nothing was created now']
      : [];
    const tags = addedTagsText(lines);
    return [
      table,
      textFields(strings(fields)),
      ...outputsText(outputs),
      ...known,
      ...tags,
      ...differing,
      ...unannounced[announcement],
    ].join('\n');
  });
}

/** The submission is registered; this concerns those who listen. */
const unannounced = {
  done: [],
  pending: ['warning: the bus is away; subscribers hear of the new queues once it is back'],
  parked: ['warning: the bus refused events of this submission; `qmtl outbox list` shows them'],
} as const satisfies Record<SubmissionOutcome['announcement'], readonly string[]>;

function strings(fields: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [key.replaceAll('_', ' '), String(value)]),
  );
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (seconds > 0 && seconds <= 86_400) return seconds;
  throw new InvalidArgumentError('It must be a number of seconds, more than 0 and at most one day.');
}
