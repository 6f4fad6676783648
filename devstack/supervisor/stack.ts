import { join } from 'node:path';
import { QmtlError } from '../../domain/base/errors.js';
import { assertNever } from '../../std/assert-never.js';
import { onAbort } from '../../std/node/on-abort.js';
import type { Child, ChildEnd } from '../process/child-process.js';
import { requireFreePort, untilFree } from '../process/free-port.js';
import type { Environment, Report } from '../process/progress.js';
import type { SearchAttributes } from '../temporal/ready.js';
import { startTemporal } from '../temporal/server.js';
import {
  type GivenPorts,
  openPartLog,
  openStackFolder,
  type PartName,
  partNames,
  type StackFolder,
  type StackPorts,
  stackPaths,
} from './folder.js';
import { type KafkaServerSettings, stackKafkaCapacity, startKafka } from './kafka-server.js';
import { neo4jUser, startNeo4j } from './neo4j-server.js';

export interface StartStackOptions {
  /** Contains data, logs, ports and the password of Neo4j; created if missing. For one stack at a time. */
  readonly folder: string;
  /** The parts to start, by default all; the others can be started later. */
  readonly parts?: readonly PartName[];
  /** Stored in the folder; by default the stored ones, else any unused ones. */
  readonly ports?: GivenPorts;
  /** The caller's `process.env`: PATH, JAVA_HOME, QMTL_CACHE_DIR, XDG_CACHE_HOME, TEMPORAL_NAMESPACE. */
  readonly env: Environment;
  readonly report: Report;
  readonly searchAttributes: SearchAttributes;
  /** Additional settings of the Kafka broker, as `server.properties` spells them. */
  readonly kafkaSettings?: KafkaServerSettings;
  /** True starts Temporal with its web UI. */
  readonly ui?: boolean;
  /** The codec server that UI uses. */
  readonly codecEndpoint?: string;
  /** Called when a part ends by itself. */
  readonly onEnd?: (end: PartEnd) => void;
  /** Aborts fetches and the start; a running stack is ended with `stop()`. */
  readonly signal?: AbortSignal | undefined;
}

export interface PartEnd extends ChildEnd {
  readonly part: PartName;
}

/** Temporal, Kafka and Neo4j on the loopback interface. They end when this process does. */
export interface Stack {
  readonly folder: string;
  readonly neo4j: { readonly dsn: string; readonly user: string; readonly password: string };
  /** `replicasMax`: partition replicas that the broker has room for on this machine. */
  readonly kafka: { readonly brokers: readonly string[]; readonly replicasMax: number };
  readonly temporal: { readonly address: string; readonly uiUrl?: string };
  /** The first part that ends by itself. */
  readonly ended: Promise<PartEnd>;
  readonly ports: StackPorts;
  /** Aborted when another process has the folder: the parts are stopped then. */
  readonly lost: AbortSignal;
  /** Process group of a part that runs. */
  groupOf(part: PartName): number | undefined;
  /** Starts the parts that do not run, concurrently; when one fails, the others that were starting are stopped. */
  startAll(parts?: readonly PartName[], signal?: AbortSignal): Promise<void>;
  /** Starts a part on its data and port; does nothing when it runs. */
  start(part: PartName, signal?: AbortSignal): Promise<void>;
  /** Stops a part as `stop()` does and starts it again. */
  restart(part: PartName, signal?: AbortSignal): Promise<void>;
  /** Ends a part as `kill -9` does. `start` restarts it. */
  kill(part: PartName): Promise<void>;
  /** Stops Temporal, Kafka and Neo4j, in this order, and releases the folder. Safe to call twice. */
  stop(): Promise<void>;
}

/** Starts the parts concurrently and resolves when all are ready; when one fails, all are stopped. */
export async function startStack(options: StartStackOptions): Promise<Stack> {
  const folder = await openStackFolder(options.folder, options.ports);
  const { replicasMax } = await stackKafkaCapacity(folder);
  const stack = new LocalStack(folder, options, replicasMax);
  try {
    await stack.startAll(options.parts ?? partNames);
    return stack;
  } catch (error) {
    await stack.stop();
    throw error;
  }
}

class LocalStack implements Stack {
  readonly folder: string;
  readonly neo4j: Stack['neo4j'];
  readonly kafka: Stack['kafka'];
  readonly temporal: Stack['temporal'];
  readonly ended: Promise<PartEnd>;
  readonly ports: StackPorts;
  readonly lost: AbortSignal;
  readonly #held: StackFolder;
  readonly #options: StartStackOptions;
  readonly #running = new Map<PartName, Child>();
  #tellEnded: (end: PartEnd) => void = () => undefined;
  #stopped: Promise<void> | undefined;

  constructor(held: StackFolder, options: StartStackOptions, replicasMax: number) {
    const { ports } = held.state;
    this.folder = held.path;
    this.ports = ports;
    this.neo4j = { dsn: `bolt://127.0.0.1:${ports.neo4j}`, user: neo4jUser, password: held.password };
    this.kafka = { brokers: [`127.0.0.1:${ports.kafka}`], replicasMax };
    this.temporal = {
      address: `127.0.0.1:${ports.temporal}`,
      ...(options.ui === true ? { uiUrl: `http://127.0.0.1:${ports.temporalUi}` } : {}),
    };
    this.lost = held.lost;
    this.#held = held;
    this.#options = options;
    this.ended = new Promise((resolve) => {
      this.#tellEnded = resolve;
    });
    onAbort(held.lost, () => {
      options.report({ kind: 'note', text: `${held.path} has another holder; its servers are stopped` });
      void this.stop();
    });
  }

  /** The first failure aborts the start of the others, so that it is reported at once. */
  async startAll(parts: readonly PartName[] = partNames, given = this.#options.signal): Promise<void> {
    const missing = parts.filter((part) => !this.#running.has(part));
    for (const part of missing) await this.#requirePorts(part);
    const failed = new AbortController();
    const signal = AbortSignal.any(given === undefined ? [failed.signal] : [failed.signal, given]);
    const starts = missing.map(async (part) => {
      try {
        await this.start(part, signal);
      } catch (error) {
        failed.abort(error);
        throw error;
      }
    });
    await Promise.allSettled(starts);
    if (!signal.aborted) return;
    for (const part of missing) await this.#take(part)?.stop();
    given?.throwIfAborted();
    failed.signal.throwIfAborted();
  }

  groupOf(part: PartName): number | undefined {
    return this.#running.get(part)?.group;
  }

  async start(part: PartName, signal = this.#options.signal): Promise<void> {
    if (this.#running.has(part)) return;
    signal?.throwIfAborted();
    await this.#requirePorts(part);
    const child = await startPart(part, this.#held, { ...this.#options, signal });
    this.#running.set(part, child);
    void this.#watch(part, child);
  }

  #requirePorts(part: PartName): Promise<void> {
    return requirePorts(part, this.ports, this.#options.ui === true);
  }

  async #watch(part: PartName, child: Child): Promise<void> {
    const end = await child.ended;
    if (this.#running.get(part) !== child) return;
    this.#running.delete(part);
    this.#tellEnded({ part, ...end });
    this.#options.onEnd?.({ part, ...end });
  }

  async restart(part: PartName, signal?: AbortSignal): Promise<void> {
    await this.#take(part)?.stop();
    await this.start(part, signal);
  }

  async kill(part: PartName): Promise<void> {
    await this.#take(part)?.kill();
    // The ports of a killed process become free a moment after its end.
    await untilFree(portsOf(part, this.ports));
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stopAll();
    return this.#stopped;
  }

  async #stopAll(): Promise<void> {
    for (const part of partNames) await this.#take(part)?.stop();
    await this.#held.close();
  }

  /** Removes a part whose end is expected from now on. */
  #take(part: PartName): Child | undefined {
    const child = this.#running.get(part);
    this.#running.delete(part);
    return child;
  }
}

/** Checked before anything is fetched; a server reports a port in use less clearly. */
async function requirePorts(part: PartName, ports: StackPorts, ui: boolean): Promise<void> {
  for (const name of portNames[part]) {
    if (name === 'temporalUi' && !ui) continue;
    const { what, option } = portWords[name];
    await requireFreePort(ports[name], {
      what,
      choose: `choose another one (\`qmtl stack up ${option} PORT\`)`,
    });
  }
}

const portNames: Readonly<Record<PartName, readonly (keyof StackPorts)[]>> = {
  neo4j: ['neo4j'],
  kafka: ['kafka', 'kafkaController'],
  temporal: ['temporal', 'temporalUi'],
};

function portsOf(part: PartName, ports: StackPorts): number[] {
  return portNames[part].map((name) => ports[name]);
}

const portWords = {
  neo4j: { what: 'Neo4j', option: '--neo4j-port' },
  kafka: { what: 'Kafka', option: '--kafka-port' },
  kafkaController: { what: "Kafka's controller", option: '--kafka-controller-port' },
  temporal: { what: 'Temporal', option: '--temporal-port' },
  temporalUi: { what: 'the Temporal UI', option: '--temporal-ui-port' },
} as const satisfies Record<keyof StackPorts, { what: string; option: string }>;

function startPart(part: PartName, folder: StackFolder, options: StartStackOptions): Promise<Child> {
  switch (part) {
    case 'neo4j':
      return startNeo4j(folder, options);
    case 'kafka':
      return startKafka(folder, options, options.kafkaSettings);
    case 'temporal':
      return startTemporalPart(folder, options);
    default:
      return assertNever(part);
  }
}

async function startTemporalPart({ path, state }: StackFolder, options: StartStackOptions): Promise<Child> {
  const { data } = stackPaths(path);
  const lines = openPartLog(path, 'temporal', options.report);
  const server = await startTemporal({
    need: 'visibility',
    // A stack has its own server, independent of the environment.
    env: { ...options.env, TEMPORAL_ADDRESS: undefined },
    searchAttributes: options.searchAttributes,
    dbFilename: join(data('temporal'), 'temporal.db'),
    port: state.ports.temporal,
    ui: options.ui === true,
    report: options.report,
    signal: options.signal,
    onLine: (line) => lines.add(line),
    ...(options.ui === true ? { uiPort: state.ports.temporalUi } : {}),
    ...(options.codecEndpoint === undefined ? {} : { codecEndpoint: options.codecEndpoint }),
  });
  if (server.child !== undefined) return server.child;
  throw new QmtlError('E_INTERNAL', 'the stack received a Temporal server that it did not start');
}
