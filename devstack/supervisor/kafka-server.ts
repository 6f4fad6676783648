import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isQmtlError, QmtlError } from '../../domain/base/errors.js';
import { makeFolder } from '../../std/node/make-folder.js';
import { type JavaContext, type JavaEngine, prepareJava, startJavaEngine } from '../java/engine.js';
import type { JavaProgram } from '../java/program.js';
import type { Child } from '../process/child-process.js';
import { describeFailure, type Report } from '../process/progress.js';
import { openPartLog, type StackFolder, stackPaths } from './folder.js';

export const kafkaProgram = {
  called: 'the Kafka broker',
  size: '54 MB',
  profile: 'kafka',
  version: '4.1.1',
  mainClass: 'KafkaDev',
} as const satisfies JavaProgram;

const heapMb = 512;

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
    'log.dirs': join(stackPaths(folder.path).data('kafka'), 'data'),
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

export function kafkaEngine({ path, state }: StackFolder, report: Report): JavaEngine {
  const { data } = stackPaths(path);
  return {
    program: kafkaProgram,
    heapMb,
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
  const engine = kafkaEngine(folder, context.report);
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
