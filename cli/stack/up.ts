import { Command } from 'commander';
import type { Report } from '../../devstack/process/progress.js';
import { startInBackground } from '../../devstack/supervisor/background.js';
import { stackStatus, startParts, stopStack, untilReleased } from '../../devstack/supervisor/control.js';
import { type GivenPorts, readStackState, type StackPorts } from '../../devstack/supervisor/folder.js';
import type { SupervisorSettings, SupervisorStatus } from '../../devstack/supervisor/protocol.js';
import { QmtlError } from '../../domain/base/errors.js';
import { limits } from '../../domain/base/limits.js';
import { readConfig } from '../io/configuration.js';
import { sayingWhatStopped, untilInterrupted } from '../io/interruption.js';
import { type CliIo, printResult } from '../io/io.js';
import { connectionText, type StackConnection, toConnection } from './connection.js';
import { findStackFolder, parsePort, type StackOptions, withFolder } from './place.js';

/** The default ports of clients. */
const usualPorts: StackPorts = {
  neo4j: 7687,
  kafka: 9092,
  kafkaController: 9093,
  temporal: 7233,
  temporalUi: 8233,
};

interface UpOptions extends StackOptions {
  readonly foreground?: true;
  readonly neo4jPort?: number;
  readonly kafkaPort?: number;
  readonly kafkaControllerPort?: number;
  readonly temporalPort?: number;
  readonly temporalUiPort?: number;
}

/** `qmtl stack up`: real engines, in the background by default. */
export function stackUpCommand(io: CliIo): Command {
  return withFolder(new Command('up'))
    .description('start Temporal, Kafka and Neo4j, or those that do not run, with persistent data')
    .option('--foreground', 'run in the foreground until Ctrl-C')
    .option(
      '--neo4j-port <port>',
      `port of Neo4j (at first ${usualPorts.neo4j}, then the last used)`,
      parsePort,
    )
    .option('--kafka-port <port>', `port of Kafka (at first ${usualPorts.kafka})`, parsePort)
    .option(
      '--kafka-controller-port <port>',
      `port of Kafka's controller (at first ${usualPorts.kafkaController})`,
      parsePort,
    )
    .option('--temporal-port <port>', `port of Temporal (at first ${usualPorts.temporal})`, parsePort)
    .option(
      '--temporal-ui-port <port>',
      `port of the Temporal UI (at first ${usualPorts.temporalUi})`,
      parsePort,
    )
    .action(async (_own: unknown, command: Command) => {
      const options = command.optsWithGlobals<UpOptions>();
      const folder = findStackFolder(io, options);
      const settings = await settingsOf(io, folder, options);
      await sayingWhatStopped(
        io,
        options.foreground ? holdUntilInterrupted(io, settings, options) : bringUp(io, settings, options),
        () =>
          new QmtlError('E_INTERRUPTED', 'stopped before every part was up', {
            hint: 'started parts were stopped again; fetched programs are kept for the next `qmtl stack up`',
          }),
      );
    });
}

async function settingsOf(io: CliIo, folder: string, options: UpOptions): Promise<SupervisorSettings> {
  const { searchAttributeTypes } = await import('../../workflows/contract.js');
  const { codec_server: codec } = await readConfig(io, options);
  const known = await readStackState(folder);
  const given: GivenPorts = {
    neo4j: options.neo4jPort,
    kafka: options.kafkaPort,
    kafkaController: options.kafkaControllerPort,
    temporal: options.temporalPort,
    temporalUi: options.temporalUiPort,
  };
  return {
    folder,
    ports: { ...(known?.ports ?? usualPorts), ...onlyGiven(given) },
    env: onlyGiven(io.env),
    searchAttributes: { ...searchAttributeTypes },
    ...(codec.port === 0 ? {} : { codecEndpoint: `http://${codec.host}:${codec.port}` }),
  };
}

function onlyGiven<T>(values: Readonly<Record<string, T | undefined>>): Record<string, T> {
  const given: Record<string, T> = {};
  for (const [name, value] of Object.entries(values)) if (value !== undefined) given[name] = value;
  return given;
}

async function bringUp(io: CliIo, settings: SupervisorSettings, options: UpOptions): Promise<void> {
  const { folder } = settings;
  const before = await stackStatus(folder);
  if (before === undefined) await startInBackground(settings);
  else refuseOtherPorts(before, options);
  const running = before?.parts.filter(({ state }) => state === 'running') ?? [];
  try {
    await startParts(folder, { report: reportTo(io), signal: io.interrupted });
  } catch (error) {
    // Awaited, so that an interrupted command leaves nothing behind.
    if (running.length === 0) {
      await stopStack(folder, { report: () => undefined });
      await untilReleased(folder);
    }
    throw error;
  } finally {
    io.progress('');
  }
  const status = await stackStatus(folder);
  if (running.length === status?.parts.length) io.note('the stack is already up');
  const { ports = usualPorts, kafkaReplicasMax = limits.brokerReplicasMax } = status ?? {};
  printConnection(io, options, toConnection(folder, ports, kafkaReplicasMax));
}

/** A running stack keeps its ports, since clients use them. */
function refuseOtherPorts({ ports }: SupervisorStatus, options: UpOptions): void {
  const wanted: GivenPorts = {
    neo4j: options.neo4jPort,
    kafka: options.kafkaPort,
    temporal: options.temporalPort,
  };
  const other = Object.entries(wanted).find(
    ([name, port]) => port !== undefined && Object.entries(ports).every(([n, p]) => n !== name || p !== port),
  );
  if (other === undefined) return;
  throw new QmtlError('E_USAGE', `the stack is already running, with ${other[0]} on another port`, {
    hint: 'stop it first: `qmtl stack down`',
  });
}

async function holdUntilInterrupted(
  io: CliIo,
  settings: SupervisorSettings,
  options: UpOptions,
): Promise<void> {
  const { startSupervisor } = await import('../../devstack/supervisor/supervisor.js');
  const supervisor = await startSupervisor({ settings, log: { add: (line) => io.note(line) } });
  try {
    // Steps are shown from the log.
    const report: Report = ({ kind, text }) => (kind === 'progress' ? io.progress(text) : undefined);
    await supervisor.start(report, io.interrupted);
    io.progress('');
    const { ports, kafka } = supervisor.stack;
    printConnection(io, options, toConnection(settings.folder, ports, kafka.replicasMax));
    io.note('Ctrl-C stops everything; the data is kept');
    await Promise.race([untilInterrupted(io), supervisor.closed]);
  } finally {
    io.progress('');
    await supervisor.close();
  }
}

function reportTo(io: CliIo): Report {
  return ({ kind, text }) => (kind === 'progress' ? io.progress(text) : io.note(text));
}

function printConnection(io: CliIo, { output }: UpOptions, connection: StackConnection): void {
  printResult(io, output, connection, () => connectionText(connection));
}
