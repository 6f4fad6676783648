import { pathToFileURL } from 'node:url';
import { Command } from 'commander';
import { QmtlError } from '../../domain/base/errors.js';
import type { NodeId, TopicName } from '../../domain/base/ids.js';
import { limits } from '../../domain/base/limits.js';
import { namespaceOf } from '../../domain/context/namespace.js';
import { planRegistration } from '../../domain/submissions/registration.js';
import type { Submission } from '../../domain/submissions/submission.js';
import type { CompiledStrategy } from '../../sdk/compile/strategy.js';
import { runBacktest } from '../../sdk/runner/backtest.js';
import type { RunReport } from '../../sdk/runner/run-report.js';
import { checkedSubmission } from '../../sdk/submit.js';
import { memoryStores, type Stores } from '../../workers/stores/stores.js';
import { performanceResult } from '../demo/result.js';
import { readConfig } from '../io/configuration.js';
import { sayingWhatStopped } from '../io/interruption.js';
import { type CliIo, type GlobalOptions, printResult, textFields, textTable } from '../io/io.js';
import { outputFile } from '../io/output-file.js';
import { withPlacement } from '../io/placement-options.js';
import { type PlacementOptions, readSubmissionFile } from '../io/submission-file.js';
import { strategyReport } from '../report/strategy-report.js';

interface RunOptions extends GlobalOptions, PlacementOptions {
  readonly report?: string;
}

const localPlacement = { world: 'local', domain: 'backtest', asOf: 'local' };

/** `qmtl run FILE`: backtests a strategy in this process, on topics of its own that end with it. */
export function runCommand(io: CliIo): Command {
  return withPlacement(new Command('run'))
    .description('backtest a strategy module over the data of its sources, in this process')
    .argument('<file>', 'strategy module (.ts, .js)')
    .option('--report <file>', 'write an HTML report')
    .action(async (file: string, _own: unknown, command: Command) => {
      const options = { ...localPlacement, ...command.optsWithGlobals<RunOptions>() };
      const { compiled, document } = await readSubmissionFile(io, file, options);
      if (compiled === undefined) {
        throw new QmtlError('E_USAGE', `${file} has no code to run`, {
          hint: 'give a strategy module (.ts, .js): a DAG names code, it does not hold it',
        });
      }
      const config = await readConfig(io, options);
      const page = options.report === undefined ? undefined : await outputFile(io, options.report);
      const stores = memoryStores(Date.now);
      try {
        const submission = checkedSubmission(document);
        const topics = await createTopics(stores, submission, config.topics.namespace);
        const run = backtest(io, compiled, submission, stores, topics);
        const report = await sayingWhatStopped(io, run, stopped);
        await page?.write(strategyReport(compiled, report));
        const result = { ...resultOf(report), ...(page === undefined ? {} : { report: page.path }) };
        const link = page === undefined ? '' : `\nreport: ${pathToFileURL(page.path).href}`;
        printResult(io, options.output, result, () => `${reportText(report)}${link}`);
      } finally {
        await stores.close();
      }
    });
}

function stopped(): QmtlError {
  return new QmtlError('E_INTERRUPTED', 'the backtest was stopped', {
    hint: 'nothing of it is kept: the topics of a local run end with it',
  });
}

/** The topics a submission would get from an empty graph. */
async function createTopics(
  stores: Stores,
  submission: Submission,
  policy: Parameters<typeof namespaceOf>[1],
) {
  const namespace = namespaceOf(submission.context, policy);
  const plan = planRegistration(
    submission,
    namespace,
    { nodes: new Map(), queues: new Map() },
    () => undefined,
  );
  const reservations = plan.kind === 'plan' ? plan.reservations : [];
  for (let from = 0; from < reservations.length; from += limits.topicsPerRequestMax) {
    const batch = reservations.slice(from, from + limits.topicsPerRequestMax);
    await stores.topics.create(
      batch.map(({ spec }) => spec),
      { workflowId: '', reason: 'local run' },
    );
  }
  return new Map<NodeId, TopicName>(reservations.map(({ node, spec }) => [node.nodeId, spec.topic]));
}

async function backtest(
  io: CliIo,
  strategy: CompiledStrategy,
  { context }: Submission,
  { log }: Stores,
  topics: ReadonlyMap<NodeId, TopicName>,
): Promise<RunReport> {
  const report = await runBacktest({
    strategy,
    context,
    topics,
    log,
    signal: io.interrupted,
    onProgress: ({ bars, barsTotal }) => io.progress(progressBar(bars, barsTotal)),
  });
  io.progress('');
  return report;
}

function progressBar(done: number, total: number): string {
  const cells = 30;
  const filled = Math.round((done / total) * cells);
  return `[${'#'.repeat(filled)}${'.'.repeat(cells - filled)}] ${done} of ${total} bars`;
}

function resultOf(report: RunReport) {
  return {
    strategy_id: report.strategyId,
    bars: report.bars,
    nodes: report.nodes.map(({ nodeId, name, topic, outputs }) => ({
      name,
      node_id: nodeId,
      topic,
      outputs,
    })),
    digest: report.digest,
    ...(report.performance === undefined ? {} : { performance: performanceResult(report.performance) }),
  };
}

function reportText(report: RunReport): string {
  const nodes = textTable(
    ['node', 'outputs', 'topic'],
    report.nodes.map(({ name, outputs, topic }) => [name, outputs, topic ?? '']),
  );
  const { performance } = report;
  const figures = performance === undefined ? {} : figuresOf(performanceResult(performance));
  return `${nodes}\n${textFields({ strategy: report.strategyId, bars: report.bars, ...figures, digest: report.digest })}`;
}

function figuresOf(figures: ReturnType<typeof performanceResult>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(figures).map(([name, value]) => [
      name.replaceAll('_', ' '),
      Number.isInteger(value) ? String(value) : value.toFixed(4),
    ]),
  );
}
