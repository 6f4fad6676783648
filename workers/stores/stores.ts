import { type KafkaOptions, type OpenedKafka, openKafka } from '../../bus/kafka/open.js';
import { MemoryBroker } from '../../bus/memory/broker.js';
import { memoryControlBus } from '../../bus/memory/control-bus.js';
import { memoryRecordLog } from '../../bus/memory/record-log.js';
import { memoryTopicAdmin } from '../../bus/memory/topic-admin.js';
import type { Config } from '../../config/schema.js';
import { isQmtlError, QmtlError } from '../../domain/base/errors.js';
import type { ControlBus } from '../../domain/ports/control-bus.js';
import type { GraphStore } from '../../domain/ports/graph-store.js';
import type { RecordLog } from '../../domain/ports/record-log.js';
import type { TopicAdmin } from '../../domain/ports/topic-admin.js';
import { memoryGraphStore } from '../../graph/memory/store.js';
import { initGraph } from '../../graph/neo4j/schema/init.js';
import { type Neo4jGraphStore, openNeo4jGraphStore } from '../../graph/neo4j/store.js';
import { measured, type StoreName } from '../telemetry/metrics.js';
import type { Telemetry } from '../telemetry/telemetry.js';
import { brokerAccess, graphAccess } from './access.js';

/** The adapters of one process. */
export interface Stores {
  readonly graph: GraphStore;
  readonly topics: TopicAdmin;
  readonly bus: ControlBus;
  readonly log: RecordLog;
  /** The id of the installation; absent when the graph ends with this process. */
  readonly installation?: string;
  close(): Promise<void>;
}

/**
 * Refuses stores in the memory of this process when its Temporal server serves others too: their submissions would get receipts here
 * and be in no graph that anybody else sees.
 */
export function refuseStoresInMemory({ dagmanager }: Config, why: string): void {
  const missing = (['neo4j_dsn', 'kafka_dsn', 'controlbus_dsn'] as const).filter(
    (name) => dagmanager[name] === '',
  );
  if (missing.length === 0) return;
  const names = missing.map((name) => `dagmanager.${name}`).join(', ');
  throw new QmtlError('E_CONFIG', `${why}, but without ${names} it would keep submissions in its memory`, {
    hint: 'give the addresses of graph and brokers, or run `qmtl up` without temporal.address: it starts a server of its own',
  });
}

/** The dev profile without DSNs: everything in this process, gone when it ends. `now` returns milliseconds since the epoch. */
export function memoryStores(now: () => number): Stores {
  const broker = new MemoryBroker();
  const graph = memoryGraphStore();
  const bus = memoryControlBus(broker, now);
  const log = memoryRecordLog(broker);
  return {
    graph,
    topics: memoryTopicAdmin(broker, now),
    bus,
    log,
    close: async () => {
      await bus.close();
      await log.close();
      await graph.close();
    },
  };
}

export interface OpenStoresOptions {
  readonly telemetry: Telemetry;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** `read`: nothing is created or changed while opening. */
  readonly purpose: 'read' | 'write';
}

/**
 * Opens the stores of a configuration, with metrics. A store without a DSN lives in this process, and so do control events
 * without brokers of their own.
 */
export async function openStores(config: Config, options: OpenStoresOptions): Promise<Stores> {
  const { neo4j_dsn, kafka_dsn, controlbus_dsn } = config.dagmanager;
  const parts = new OpenParts();
  const memory = memoryStores(options.now);
  parts.add(memory);
  try {
    const durable = neo4j_dsn === '' ? undefined : parts.add(await openGraph(config, options));
    const graph = durable ?? memory.graph;
    const opening = { ...options, installation: durable?.installation };
    const data = kafka_dsn === '' ? memory : parts.add(await openBroker(config, kafka_dsn, opening));
    const events =
      controlbus_dsn === ''
        ? memory
        : controlbus_dsn === kafka_dsn
          ? data
          : parts.add(await openBroker(config, controlbus_dsn, opening));
    options.telemetry.metrics.readTotalsFrom(() => graph.totals());
    return {
      ...measured({ graph, topics: data.topics }, options.telemetry.metrics),
      log: data.log,
      bus: events.bus,
      ...(durable === undefined ? {} : { installation: durable.installation }),
      close: () => parts.close(),
    };
  } catch (error) {
    await parts.close().catch(() => {});
    throw error;
  }
}

/** Brokers of an installation that does not say how many it has. */
const prodReplicas = 3;

interface Closable {
  close(): Promise<void>;
}

/** The opened parts, closed in reverse order. */
class OpenParts {
  readonly #parts: Closable[] = [];

  add<T extends Closable>(part: T): T {
    this.#parts.push(part);
    return part;
  }

  async close(): Promise<void> {
    for (const part of this.#parts.splice(0).reverse()) await part.close();
  }
}

async function openGraph(
  config: Config,
  { telemetry, purpose }: OpenStoresOptions,
): Promise<Neo4jGraphStore> {
  const address = await graphAccess(config);
  if (purpose === 'write' && config.dagmanager.neo4j_migrate) {
    const { migrations, made } = await initGraph(address);
    const ran = migrations.filter((one) => one.ran).map(({ number, name }) => `${number} ${name}`);
    if (ran.length > 0) telemetry.log('info', 'the graph was brought up to date', { migrations: ran, made });
  }
  return openNeo4jGraphStore({
    ...address,
    ...callHooks(telemetry, 'neo4j'),
    warn: (message) => telemetry.log('error', message),
  });
}

async function openBroker(
  config: Config,
  dsn: string,
  {
    telemetry,
    now,
    purpose,
    installation,
  }: OpenStoresOptions & { readonly installation: string | undefined },
): Promise<OpenedKafka> {
  const queueTopic = config.dagmanager.controlbus_queue_topic;
  const options: KafkaOptions = {
    ...(await brokerAccess(config)),
    ...callHooks(telemetry, 'kafka'),
    brokers: brokersOf(dsn),
    clientId: 'qmtl',
    now,
    mayCreate: purpose === 'write',
    replicasPerBrokerMax: config.dagmanager.kafka_replicas_max,
    replicasMax: replicasMaxOf(config),
    topicPrefix: config.dagmanager.kafka_topic_prefix,
    ...(installation === undefined ? {} : { installation }),
    ...(queueTopic === '' ? {} : { queueTopic }),
    onLog: ({ level, message, fields }) => telemetry.log(level, `kafka: ${message}`, fields),
  };
  return openKafka(options);
}

/** The classes ask for three replicas at most; a development broker stands alone. */
function replicasMaxOf({ profile, topics }: Config): number {
  if (topics.replicas_max > 0) return topics.replicas_max;
  return profile === 'prod' ? prodReplicas : 0;
}

/** `host:port,host:port`, with or without `kafka://` in front. */
function brokersOf(dsn: string): readonly string[] {
  const brokers = dsn
    .replace(/^kafka:\/\//, '')
    .split(',')
    .map((broker) => broker.trim())
    .filter((broker) => broker !== '');
  const strange = brokers.find((broker) => !/^(\[[0-9a-f:]+\]|[\w.-]+):\d{1,5}$/i.test(broker));
  if (brokers.length > 0 && strange === undefined) return brokers;
  throw new QmtlError('E_CONFIG', 'a DSN of brokers is not a list of host:port', {
    hint: 'write dagmanager.kafka_dsn and dagmanager.controlbus_dsn like broker-1:9092,broker-2:9092',
  });
}

/** Reports the calls of a driver to the metrics. */
function callHooks({ metrics }: Telemetry, store: StoreName) {
  return {
    onCallStart: (operation: string) => metrics.storeCallStarts(store, operation),
    onCall: (operation: string, seconds: number, error?: unknown) =>
      metrics.storeCallEnds(store, operation, seconds, error === undefined ? undefined : codeOf(error)),
  };
}

function codeOf(error: unknown): string {
  return isQmtlError(error) ? error.code : 'E_INTERNAL';
}
