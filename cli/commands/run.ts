import { pathToFileURL } from 'node:url';
import { Command } from 'commander';
import { QmtlError } from '../../domain/base/errors.js';
import { isNodeId, type NodeId } from '../../domain/base/ids.js';
import { checkedStrategy } from '../../sdk/compile/define-strategy.js';
import { moduleTypes } from '../../sdk/compile/module-types.js';
import { runLocally } from '../../sdk/runner/local-run.js';
import type { BacktestProgress } from '../../sdk/runner/run-bars.js';
import type { RunReport } from '../../sdk/runner/run-report.js';
import { readConfig } from '../io/configuration.js';
import { sayingWhatStopped } from '../io/interruption.js';
import { type CliIo, type GlobalOptions, printResult, textFields, textTable } from '../io/io.js';
import { outputFile } from '../io/output-file.js';
import { checkedPlacement, noteSafeMode, withPlacement } from '../io/placement-options.js';
import type { SignedCode } from '../io/stored-node.js';
import { type PlacementOptions, readSubmissionFile } from '../io/submission-file.js';
import { performanceResult } from '../report/performance-result.js';
import { strategyReport } from '../report/strategy-report.js';
import { runStored, type StoredRunOptions } from './run-stored.js';

interface RunOptions extends GlobalOptions, PlacementOptions, StoredRunOptions {
  readonly report?: string;
}

const localPlacement = { world: 'local', domain: 'backtest', asOf: 'local' };

/** `qmtl run FILE`: backtests a strategy in this process, on its own topics, which end with the process. */
export function runCommand(io: CliIo): Command {
  return withPlacement(new Command('run'))
    .description('backtest a strategy module, or execute a node from what the graph stores of it')
    .argument('<file>', `strategy module (${moduleTypes}), or the NodeID of a node in the graph`)
    .option('--report <file>', 'of a module: write an HTML report')
    .option('--data <source=file>', 'of a node: bars of a source in CSV; once for each source', added, [])
    .option('--csv <file>', 'of a node: write its outputs as CSV')
    .action(async (file: string, _own: unknown, command: Command) => {
      const options = command.optsWithGlobals<RunOptions>();
      if (file.startsWith('blake3:') && !isNodeId(file)) throw notANodeId(file);
      refuseOtherOptions(options, isNodeId(file));
      await (isNodeId(file) ? runNode(io, file, options) : runModule(io, file, options));
    });
}

async function runModule(io: CliIo, file: string, given: RunOptions): Promise<void> {
  const options = { ...localPlacement, ...given };
  const { compiled, document } = await readSubmissionFile(io, file, options);
  if (compiled === undefined) {
    throw new QmtlError('E_USAGE', `${file} contains no code to run`, {
      hint: `give a strategy module (${moduleTypes}): a DAG names code but does not contain it`,
    });
  }
  const config = await readConfig(io, options);
  const page = options.report === undefined ? undefined : await outputFile(io, options.report);
  const submission = checkedPlacement(document, options);
  const running = runLocally(checkedStrategy(compiled), submission, config.topics.namespace, {
    signal: io.interrupted,
    onProgress: ({ bars, barsTotal }) => io.progress(progressBar(bars, barsTotal)),
  });
  noteSafeMode(io, submission.context);
  const { report } = await sayingWhatStopped(io, running, stopped);
  io.progress('');
  await page?.write(strategyReport(compiled, report));
  const result = { ...resultOf(report), ...(page === undefined ? {} : { report: page.path }) };
  const link = page === undefined ? '' : `\nreport: ${pathToFileURL(page.path).href}`;
  printResult(io, options.output, result, () => `${reportText(report)}${link}`);
}

async function runNode(io: CliIo, nodeId: NodeId, options: RunOptions): Promise<void> {
  const onProgress = ({ bars, barsTotal }: BacktestProgress) => io.progress(progressBar(bars, barsTotal));
  const running = runStored(io, nodeId, options, onProgress);
  const { report, signed, csv } = await sayingWhatStopped(io, running, stopped);
  io.progress('');
  const result = {
    ...resultOf(report),
    code: signed.map(({ codeHash, keyIds }) => ({ code_hash: codeHash, signed_by: keyIds })),
    ...(csv === undefined ? {} : { csv }),
  };
  printResult(io, options.output, result, () => storedText(report, signed, csv));
}

function notANodeId(text: string): QmtlError {
  return new QmtlError('E_USAGE', `${text} is not a NodeID`, {
    hint: 'a NodeID is blake3: and 64 hex digits; `qmtl nodes` lists them',
  });
}

/** What `run` does with a module and with a node are two things: an option of the other would be ignored. */
function refuseOtherOptions(given: RunOptions, isNode: boolean): void {
  const { report, csv, data, world, domain, asOf, partition, strategy, label } = given;
  const ofModules = { report, world, domain, 'as-of': asOf, partition, strategy, label };
  const ofNodes = { csv, data: data[0] };
  const others = Object.entries(isNode ? ofModules : ofNodes).filter(([, value]) => value !== undefined);
  const [option] = others[0] ?? [];
  if (option === undefined) return;
  throw new QmtlError('E_USAGE', `--${option} is not an option of ${isNode ? 'a node' : 'a module'}`, {
    hint: isNode ? 'a node runs on the files given with --data' : 'give the NodeID of a node in the graph',
  });
}

function added(text: string, before: readonly string[]): readonly string[] {
  return [...before, text];
}

function storedText(report: RunReport, signed: readonly SignedCode[], csv: string | undefined): string {
  const keys = [...new Set(signed.flatMap(({ keyIds }) => keyIds))];
  const by = keys.length === 0 ? 'verified by its hashes; no key is trusted' : `signed by ${keys.join(', ')}`;
  const file = csv === undefined ? '' : `\noutputs: ${csv}`;
  return `${reportText(report)}\ncode: ${by}${file}`;
}

function stopped(): QmtlError {
  return new QmtlError('E_INTERRUPTED', 'the backtest was stopped', {
    hint: 'nothing is kept: the topics of a local run end with it',
  });
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
