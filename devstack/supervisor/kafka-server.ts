import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isQmtlError, QmtlError } from '../../domain/base/errors.js';
import { makeFolder } from '../../std/node/make-folder.js';
import { type JavaContext, type JavaEngine, prepareJava, startJavaEngine } from '../java/engine.js';
import type { JavaProgram } from '../java/program.js';
import type { Child } from '../process/child-process.js';
import { describeFailure, type Report } from '../process/progress.js';
import { openPartLog, type StackFolder, stackPaths } from './folder.js';
import {
  capacityNote,
  countSegments,
  type KafkaCapacity,
  kafkaCapacity,
  processLimits,
  refuseTooManySegments,
} from './kafka-capacity.js';

export const kafkaProgram = {
  called: 'the Kafka broker',
  size: '54 MB',
  profile: 'kafka',
  version: '4.1.1',
  mainClass: 'KafkaDev',
} as const satisfies JavaProgram;

/** Opening a log, finding its settings among those of all others, and closing it, on a busy machine. */
const patiencePerReplicaMs = 20;

/** Additional settings; a function of the broker's address (`host:port`). */
export type KafkaServerSettings = (at: {
  readonly broker: string;
  readonly controller: string;
}) => Readonly<Record<string, string>>;

function addressesOf({ state }: StackFolder) {
  const { kafka, kafkaController } = state.ports;
  return { broker: `127.0.0.1:${kafka}`, controller: `127.0.0.1:${kafkaController}` };
}

/** The settings of a broker that is also its own controller, as `server.properties` spells them. */
export function kafkaProperties(folder: StackFolder): Readonly<Record<string, string>> {
  const { broker, controller } = addressesOf(folder);
  return {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@${controller}`,
    listeners: `PLAINTEXT://${broker},CONTROLLER://${controller}`,
    'advertised.listeners': `PLAINTEXT://${broker}`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': logDirectory(folder),
    // Two indexes of every replica are mapped in full, by default 10 MB each; with these a segment still takes 80 MB.
    'log.index.size.max.bytes': '262144',
    // Logs are opened and closed beside each other: a broker with all topics of a large submission starts and stops in seconds.
    'num.recovery.threads.per.data.dir': '4',
    // The use of a missing topic is a mistake that must be visible.
    'auto.create.topics.enable': 'false',
    'group.initial.rebalance.delay.ms': '0',
    // One node keeps one copy of everything; partitions of internal topics cost memory and time.
    'default.replication.factor': '1',
    'min.insync.replicas': '1',
    'offsets.topic.replication.factor': '1',
    'offsets.topic.num.partitions': '4',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'transaction.state.log.num.partitions': '4',
    'share.coordinator.state.topic.replication.factor': '1',
    'share.coordinator.state.topic.min.isr': '1',
    'share.coordinator.state.topic.num.partitions': '1',
    // A killed broker can restart only after its session has expired: 9 s by default.
    'broker.heartbeat.interval.ms': '500',
    'broker.session.timeout.ms': '3000',
  };
}

/** The text of a properties file, where a backslash begins an escape. */
export function propertiesText(properties: Readonly<Record<string, string>>): string {
  return Object.entries(properties)
    .map(([key, value]) => `${key}=${value.replaceAll('\\', '\\\\')}\n`)
    .join('');
}

function logDirectory({ path }: StackFolder): string {
  return join(stackPaths(path).data('kafka'), 'data');
}

/** What fits into the broker of a stack on this machine. */
export async function stackKafkaCapacity(folder: StackFolder): Promise<KafkaCapacity> {
  return kafkaCapacity(await processLimits(), await countSegments(logDirectory(folder)));
}

export function kafkaEngine(
  { path, state }: StackFolder,
  report: Report,
  { heapMb, replicasMax }: KafkaCapacity,
): JavaEngine {
  const { data } = stackPaths(path);
  return {
    program: kafkaProgram,
    heapMb,
    // For each topic that is made or found, the broker compares the names of all.
    compilesFully: true,
    patienceMs: replicasMax * patiencePerReplicaMs,
    jvmArguments: ['-Dlog4j2.level=WARN'],
    args: [join(data('kafka'), 'server.properties'), state.clusterId],
    cwd: join(path, 'logs'),
    log: openPartLog(path, 'kafka', report),
  };
}

/** Starts Kafka on the data of a stack's folder and resolves when it accepts requests. `settings` override the defaults. */
export async function startKafka(
  folder: StackFolder,
  context: JavaContext,
  settings: KafkaServerSettings = () => ({}),
): Promise<Child> {
  const given = await processLimits();
  const segments = await countSegments(logDirectory(folder));
  refuseTooManySegments(segments, given);
  const capacity = kafkaCapacity(given, segments);
  const note = capacityNote(capacity);
  if (note !== undefined) context.report({ kind: 'note', text: note });
  const engine = kafkaEngine(folder, context.report, capacity);
  try {
    const command = await prepareJava(kafkaProgram, context);
    context.report({ kind: 'step', text: `starting Kafka ${kafkaProgram.version}` });
    const home = stackPaths(folder.path).data('kafka');
    await makeFolder(home);
    await writeFile(
      join(home, 'server.properties'),
      propertiesText({ ...kafkaProperties(folder), ...settings(addressesOf(folder)) }),
    );
    return await startJavaEngine(engine, command, context);
  } catch (cause) {
    context.signal?.throwIfAborted();
    if (isQmtlError(cause)) throw cause;
    throw new QmtlError('E_BROKER_UNAVAILABLE', `Kafka did not start: ${describeFailure(cause)}`, {
      hint: `see its log ${engine.log.path}`,
      cause,
    });
  }
}
