import { pathToFileURL } from 'node:url';
import { Command } from 'commander';
import { QmtlError } from '../../domain/base/errors.js';
import { checkedStrategy } from '../../sdk/compile/define-strategy.js';
import { moduleTypes } from '../../sdk/compile/module-types.js';
import { runLocally } from '../../sdk/runner/local-run.js';
import type { RunReport } from '../../sdk/runner/run-report.js';
import { readConfig } from '../io/configuration.js';
import { sayingWhatStopped } from '../io/interruption.js';
import { type CliIo, type GlobalOptions, printResult, textFields, textTable } from '../io/io.js';
import { outputFile } from '../io/output-file.js';
import { checkedPlacement, noteSafeMode, withPlacement } from '../io/placement-options.js';
import { type PlacementOptions, readSubmissionFile } from '../io/submission-file.js';
import { performanceResult } from '../report/performance-result.js';
import { strategyReport } from '../report/strategy-report.js';

interface RunOptions extends GlobalOptions, PlacementOptions {
  readonly report?: string;
}

const localPlacement = { world: 'local', domain: 'backtest', asOf: 'local' };

/** `qmtl run FILE`: backtests a strategy in this process, on its own topics, which end with the process. */
export function runCommand(io: CliIo): Command {
  return withPlacement(new Command('run'))
    .description('backtest a strategy module on the data of its sources, in this process')
    .argument('<file>', `strategy module (${moduleTypes})`)
    .option('--report <file>', 'write an HTML report')
    .action(async (file: string, _own: unknown, command: Command) => {
      const options = { ...localPlacement, ...command.optsWithGlobals<RunOptions>() };
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
    });
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
