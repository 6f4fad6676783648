import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { auth, driver as driverFor } from 'neo4j-driver';
import { openStackFolder } from '../../devstack/supervisor/folder.js';
import { type Stack, startStack } from '../../devstack/supervisor/stack.js';
import type { Submission } from '../../domain/submissions/submission.js';
import { type SubmissionHandle, submit } from '../../sdk/submission/submit.js';
import { connectClient } from '../../temporal/connection.js';
import { searchAttributeTypes } from '../../workflows/contract.js';
import { accepted, type SampleOptions, sampleDocument } from '../samples.js';
import { FaultProxy } from '../stack/fault-proxy.js';
import { NodeProcess, startWorkerProcess } from '../stack/processes.js';
import { violations } from './check-engines.js';
import { type CrashPoint, nameOf } from './crash-point.js';

/** Real engines for one test, which may kill them; workers reach Neo4j and Kafka through proxies. */
export class CrashRig {
  readonly stack: Stack;
  readonly graphProxy: FaultProxy;
  readonly kafkaProxy: FaultProxy;
  readonly #folder: string;
  #client: Client | undefined;
  #workers: NodeProcess[] = [];

  private constructor(stack: Stack, folder: string, graphProxy: FaultProxy, kafkaProxy: FaultProxy) {
    this.stack = stack;
    this.#folder = folder;
    this.graphProxy = graphProxy;
    this.kafkaProxy = kafkaProxy;
  }

  static async open(): Promise<CrashRig> {
    const folder = mkdtempSync(join(tmpdir(), 'qmtl-crash-'));
    const ports = await stackPorts(folder);
    const kafkaProxy = await FaultProxy.open(ports.kafka);
    const stack = await startStack({
      folder,
      env: process.env,
      report: () => {},
      searchAttributes: searchAttributeTypes,
      // Clients connect to the address the broker advertises: the proxy.
      kafkaSettings: () => ({ 'advertised.listeners': `PLAINTEXT://127.0.0.1:${kafkaProxy.port}` }),
    });
    const graphProxy = await FaultProxy.open(ports.neo4j);
    return new CrashRig(stack, folder, graphProxy, kafkaProxy);
  }

  /** Environment variables with the engines, for a worker process. */
  get env(): Readonly<Record<string, string>> {
    const brokers = `127.0.0.1:${this.kafkaProxy.port}`;
    return {
      TEMPORAL_ADDRESS: this.stack.temporal.address,
      QMTL_NEO4J_DSN: `bolt://127.0.0.1:${this.graphProxy.port}`,
      QMTL_NEO4J_USER: this.stack.neo4j.user,
      QMTL_NEO4J_PASSWORD: this.stack.neo4j.password,
      QMTL_KAFKA_DSN: brokers,
      QMTL_KAFKA_REPLICAS_MAX: String(this.stack.kafka.replicasMax),
      QMTL_CONTROLBUS_DSN: brokers,
      QMTL_LOG_LEVEL: 'warn',
      QMTL_WORKER_PORT: '0',
    };
  }

  async startWorker(): Promise<NodeProcess> {
    const worker = await startWorkerProcess(this.env);
    this.#workers.push(worker);
    return worker;
  }

  /** A worker that dies at a point; without one it only records the points it passes, in `log`. */
  async startCrashingWorker(at: CrashPoint | undefined, log = ''): Promise<NodeProcess> {
    const worker = NodeProcess.script('tests/crash/crashing-worker.ts', {
      ...this.env,
      QMTL_CRASH_AT: at === undefined ? '' : nameOf(at),
      QMTL_CRASH_LOG: log,
    });
    this.#workers.push(worker);
    await worker.line(/^ready$/);
    return worker;
  }

  async client(): Promise<Client> {
    this.#client ??= await connectClient({ address: this.stack.temporal.address, namespace: 'default' });
    return this.#client;
  }

  document(options: SampleOptions): Submission {
    return accepted(liveDocument(options));
  }

  async submit(options: SampleOptions): Promise<SubmissionHandle> {
    return submit(await this.client(), liveDocument(options));
  }

  /** Runs a statement on the graph, not through the adapter. */
  async inGraph(query: string, parameters: Readonly<Record<string, unknown>>): Promise<void> {
    const { dsn, user, password } = this.stack.neo4j;
    const driver = driverFor(dsn, auth.basic(user, password));
    await driver.executeQuery(query, { ...parameters });
    await driver.close();
  }

  /** Violations in Neo4j and Kafka, read directly. */
  violations(): Promise<readonly string[]> {
    const { neo4j, temporal } = this.stack;
    return violations({ neo4j, kafka: { brokers: [`127.0.0.1:${this.kafkaProxy.port}`] }, temporal });
  }

  async stopWorkers(): Promise<void> {
    await Promise.all(this.#workers.splice(0).map((worker) => worker.stop('SIGKILL')));
  }

  async close(): Promise<void> {
    await this.stopWorkers();
    await this.#client?.connection.close();
    await this.graphProxy.close();
    await this.kafkaProxy.close();
    await this.stack.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** A sample that needs no data snapshot. */
export function liveDocument(options: SampleOptions): Record<string, unknown> {
  return {
    ...sampleDocument({ world: 'crash', module: '// of all samples', ...options }),
    execution_domain: 'live',
  };
}

/** The ports of the stack in a folder. */
async function stackPorts(folder: string): Promise<{ readonly neo4j: number; readonly kafka: number }> {
  const held = await openStackFolder(folder, {});
  const { ports } = held.state;
  await held.close();
  return ports;
}
