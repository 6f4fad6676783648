import { pathToFileURL } from 'node:url';
import { Command, Option } from 'commander';
import type { Config } from '../../config/schema.js';
import { QmtlError } from '../../domain/base/errors.js';
import type { AllInOne } from '../../workers/all-in-one.js';
import { type DemoProfile, demoProfiles, withDemoEngines } from '../demo/engines.js';
import { demoReport } from '../demo/report.js';
import { countRecords, type DemoResult, outputsDigest, stepResult } from '../demo/result.js';
import { type DemoStep, playDemo } from '../demo/scenario.js';
import { stepText, summaryTable } from '../demo/text.js';
import { openDemoWorkspace } from '../demo/workspace.js';
import { readConfig } from '../io/configuration.js';
import { sayingWhatStopped, untilInterrupted } from '../io/interruption.js';
import type { CliIo, GlobalOptions } from '../io/io.js';
import { type OutputFile, outputFile } from '../io/output-file.js';
import { withCalls } from '../io/temporal-client.js';

interface DemoOptions extends GlobalOptions {
  readonly profile: DemoProfile;
  readonly ui: boolean;
  readonly report: string;
}

/** `qmtl demo`: two strategies share nodes, on 20 years of daily bars, in one process. */
export function demoCommand(io: CliIo): Command {
  return new Command('demo')
    .description('submit and run two strategies that share nodes, on 20 years of S&P 500 bars')
    .addOption(
      new Option(
        '--profile <name>',
        'embedded: all in this process; stack: Neo4j, Kafka and Temporal as servers (needs JDK 17 and Maven)',
      )
        .choices(demoProfiles)
        .default('embedded'),
    )
    .option('--ui', 'use a Temporal server with its web UI, and keep it until Ctrl-C', false)
    .option('--report <file>', 'path of the HTML report', 'qmtl-demo-report.html')
    .action(async (_own: unknown, command: Command) => {
      const options = command.optsWithGlobals<DemoOptions>();
      const config = await readConfig(io, options);
      const anyPort = {
        ...config,
        api: { ...config.api, port: 0 },
        codec_server: { ...config.codec_server, port: 0 },
      };
      const page = await outputFile(io, options.report);
      const demo = withDemoEngines(io, anyPort, options.profile, (engines) =>
        runDemo(io, engines, options, page),
      );
      await sayingWhatStopped(io, demo, stopped);
    });
}

function stopped(): QmtlError {
  return new QmtlError('E_INTERRUPTED', 'the demo was stopped; its servers and files were removed', {
    hint: 'run it again: it starts from an empty graph each time',
  });
}

async function runDemo(io: CliIo, config: Config, options: DemoOptions, page: OutputFile): Promise<void> {
  const { startAllInOne } = await import('../../workers/all-in-one.js');
  const plane = await startAllInOne(io, config, {
    need: options.ui ? 'visibility' : 'workflows',
    ui: options.ui,
    operations: false,
  });
  try {
    await withCalls(plane.client, () => Promise.race([demonstrate(io, plane, options, page), plane.failed]));
  } finally {
    await plane.close();
  }
}

async function demonstrate(
  io: CliIo,
  plane: AllInOne,
  options: DemoOptions,
  page: OutputFile,
): Promise<void> {
  const forPeople = options.output === 'table';
  const workspace = await openDemoWorkspace(io);
  try {
    const { client, stores, temporal } = plane;
    if (forPeople) io.out(`Temporal: ${temporal.description} at ${temporal.address}\n`);
    const seen: DemoStep[] = [];
    const onStep = (step: DemoStep) => {
      seen.push(step);
      if (forPeople) io.out(stepText(seen.length, step, seen[0]));
    };
    const steps = await playDemo({ io, client, stores, workspace, onStep });
    await page.write(demoReport(steps));
    const result: DemoResult = {
      temporal: {
        kind: temporal.kind,
        address: temporal.address,
        ...(temporal.uiUrl === undefined ? {} : { ui: temporal.uiUrl }),
      },
      report: page.path,
      steps: steps.map((step) => stepResult(step, steps[0])),
      records: await countRecords(stores.log, steps),
      digest: outputsDigest(steps),
    };
    io.out(forPeople ? closingText(plane, steps, page.path, result.digest) : JSON.stringify(result, null, 2));
    if (options.ui) {
      io.note('Ctrl-C stops everything');
      await untilInterrupted(io);
    }
  } finally {
    await workspace.remove();
  }
}

function closingText(
  { temporal }: AllInOne,
  steps: readonly DemoStep[],
  file: string,
  digest: string,
): string {
  const links = [...new Set(steps.map((step) => step.workflowId))].map(
    (id) => `  ${workflowLink(temporal, id)}`,
  );
  const where =
    temporal.uiUrl === undefined
      ? 'Workflows (`npm run demo -- --ui` shows them in the Temporal UI):'
      : 'Workflows in the Temporal UI:';
  return [
    summaryTable(steps),
    '',
    `Outputs digest: ${digest}`,
    `Report: ${pathToFileURL(file).href}`,
    where,
    ...links,
  ].join('\n');
}

function workflowLink({ uiUrl, namespace }: AllInOne['temporal'], workflowId: string): string {
  return uiUrl === undefined
    ? workflowId
    : `${uiUrl}/namespaces/${namespace}/workflows/${encodeURIComponent(workflowId)}`;
}
