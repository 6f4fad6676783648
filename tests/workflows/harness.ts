import { randomUUID } from 'node:crypto';
import { Context } from '@temporalio/activity';
import { Client, Connection, WorkflowNotFoundError } from '@temporalio/client';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker, type WorkerOptions } from '@temporalio/worker';
import { inject, onTestFinished } from 'vitest';
import type { Submission } from '../../domain/submissions/submission.js';
import { submitRequestToWire } from '../../proto/convert/submission.js';
import { workflowBundle } from '../../temporal/bundle/workflow-bundle.js';
import { type StartedSubmission, startSubmission } from '../../temporal/clients/submit-strategy.js';
import { workflowSignals } from '../../temporal/clients/workflow-signals.js';
import { dataConverter } from '../../temporal/payloads/data-converter.js';
import { controlPlaneActivities } from '../../workers/control-plane.js';
import { memoryStores, type Stores } from '../../workers/stores/stores.js';
import { installTemporalRuntime } from '../../workers/worker.js';
import { publishOutboxWorkflow, queues, searchAttributeTypes } from '../../workflows/contract.js';
import { allOf } from '../all-of.js';
import { noSignals } from '../no-signals.js';
import { bareNamespace } from '../stack/bare-namespace.js';

/** Value of temporal.api.enums.v1.IndexedValueType for a keyword. */
const keyword = 2;

type ControlPlaneActivities = ReturnType<typeof controlPlaneActivities>;
export type ActivityName = keyof ControlPlaneActivities['control'] | keyof ControlPlaneActivities['publish'];

/** Called around every activity; an error thrown by `before` becomes that of the activity. */
export interface ActivityHooks {
  readonly before?: (name: ActivityName) => Promise<void> | void;
  readonly after?: (name: ActivityName) => Promise<void> | void;
}

/** A Temporal server that skips time, with whole control planes. */
export async function openEnvironment(): Promise<TestWorkflowEnvironment> {
  // Workers are stopped and fail on purpose: their log would hide the tests.
  installTemporalRuntime({ level: 'error', log: () => {} });
  const path = inject('timeSkippingServer');
  const env = await TestWorkflowEnvironment.createTimeSkipping({
    ...(path === '' ? {} : { server: { executable: { type: 'existing-path', path } } }),
    client: { dataConverter },
  });
  return prepared(env);
}

/** A new namespace of a real server. */
export async function openServerEnvironment(address: string): Promise<TestWorkflowEnvironment> {
  installTemporalRuntime({ level: 'error', log: () => {} });
  const connection = await Connection.connect({ address });
  const namespace = await bareNamespace(connection);
  await connection.close();
  return prepared(await TestWorkflowEnvironment.createFromExistingServer({ address, namespace }));
}

async function prepared(env: TestWorkflowEnvironment): Promise<TestWorkflowEnvironment> {
  const searchAttributes = Object.fromEntries(
    Object.keys(searchAttributeTypes).map((name) => [name, keyword]),
  );
  await env.connection.operatorService.addSearchAttributes({
    namespace: env.namespace ?? 'default',
    searchAttributes,
  });
  return env;
}

/** Stores with some methods replaced, so that a test can make a port fail. */
export interface TestPlane {
  readonly stores: Stores;
  readonly client: Client;
  /** `publishes`: whether there is a publisher; default true. */
  startWorker(
    hooks?: ActivityHooks,
    options?: Partial<WorkerOptions> & { readonly publishes?: boolean },
  ): Promise<RunningWorker>;
  submit(submission: Submission): StartedSubmission;
}

export interface RunningWorker {
  stop(): Promise<void>;
}

export function openPlane(env: TestWorkflowEnvironment, replaced: Partial<Stores> = {}): TestPlane {
  const stores = { ...memoryStores(Date.now), ...replaced };
  // Not `env.client`: awaiting a result with it skips time without bound, up to the timeout of the workflow itself.
  const client = new Client({
    connection: env.connection,
    namespace: env.namespace ?? 'default',
    dataConverter,
  });
  return {
    stores,
    client,
    startWorker: (hooks = {}, options = {}) => startWorker(env, { stores, client }, hooks, options),
    submit: (submission) =>
      startSubmission(
        client,
        submission,
        submitRequestToWire(submission, { traceparent: '', requestId: randomUUID() }),
      ),
  };
}

async function startWorker(
  env: TestWorkflowEnvironment,
  { stores, client }: Pick<TestPlane, 'stores' | 'client'>,
  hooks: ActivityHooks,
  { publishes = true, ...options }: Partial<WorkerOptions> & { readonly publishes?: boolean },
): Promise<RunningWorker> {
  // An activity that no worker takes would stop the clock of the server: without a publisher, none is started.
  const signals = publishes ? workflowSignals(client) : noSignals;
  const activities = controlPlaneActivities({
    ...stores,
    signals,
    namespacePolicy: 'world-domain',
    now: Date.now,
  });
  const shared = {
    connection: env.nativeConnection,
    namespace: env.namespace ?? 'default',
    dataConverter,
    shutdownGraceTime: 1,
    ...options,
    // An activity learns of a cancellation at its next heartbeat.
    maxHeartbeatThrottleInterval: 20,
    shutdownForceTime: '20s',
  } as const;
  const workers = [
    await Worker.create({
      ...shared,
      taskQueue: queues.control,
      workflowBundle,
      activities: hooked(activities.control, hooks),
    }),
  ];
  if (publishes) {
    const publishing = { taskQueue: queues.publish, activities: hooked(activities.publish, hooks) };
    workers.push(await Worker.create({ ...shared, ...publishing }));
  }
  const finished = Promise.all(workers.map((worker) => worker.run()));
  let stopping: Promise<void> | undefined;
  const stop = () => {
    if (stopping === undefined) {
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
      stopping = finished.then(() => undefined);
    }
    return stopping;
  };
  // A test must leave neither its worker nor its publisher to the next one, which has other stores.
  onTestFinished(async () => {
    await stop();
    await client.workflow.getHandle(publishOutboxWorkflow.id).terminate().catch(ignoreMissing);
  });
  return { stop };
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof WorkflowNotFoundError)) throw error;
}

/** The activities with the hooks around each. */
function hooked<N extends ActivityName>(
  activities: Readonly<Record<N, (...args: never[]) => Promise<unknown>>>,
  hooks: ActivityHooks,
): object {
  const around =
    <A extends unknown[], R>(name: N, activity: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      await hooks.before?.(name);
      const result = await activity(...args);
      await hooks.after?.(name);
      return result;
    };
  const isOne = (name: string): name is N => name in activities;
  return Object.fromEntries(
    Object.entries<(...args: never[]) => Promise<unknown>>(activities).map(([name, activity]) => [
      name,
      isOne(name) ? around(name, activity) : activity,
    ]),
  );
}

let worlds = 0;
/** Each test of a file has its own world, and so its own workflow ids. */
export function ownWorld(): string {
  worlds += 1;
  return `world-${worlds}`;
}

/** What `use` returns while the plane has a worker. */
export async function withWorker<T>(plane: TestPlane, use: () => Promise<T>): Promise<T> {
  const worker = await plane.startWorker();
  try {
    return await use();
  } finally {
    await worker.stop();
  }
}

/** Skips time in growing steps until the promise is settled, and returns its result. */
export async function skippingTime<T>(env: TestWorkflowEnvironment, promise: Promise<T>): Promise<T> {
  const settled = new AbortController();
  const mark = () => settled.abort();
  promise.then(mark, mark);
  for (let stepMs = 5_000; !settled.signal.aborted; stepMs = Math.min(2 * stepMs, 3_600_000)) {
    await env.sleep(stepMs);
  }
  return promise;
}

/** Never returns: rejects when the activity is cancelled, by its workflow or by the end of its worker. */
export async function hangUntilCancelled(): Promise<never> {
  const context = Context.current();
  const beat = setInterval(() => context.heartbeat(), 10);
  try {
    return await context.cancelled;
  } finally {
    clearInterval(beat);
  }
}

/** Checks that hold after any run: I-1, I-3 and I-5, read from the stores. */
export async function checkInvariants(stores: Stores): Promise<string[]> {
  const faults: string[] = [];
  const { items: queuesSeen } = await stores.graph.queues({ itemsMax: 100_000 });
  const described = await stores.topics.describe(queuesSeen.map((queue) => queue.topic));
  const keys = new Set<string>();
  for (const queue of queuesSeen) {
    if (!described.has(queue.topic)) faults.push(`I-1: ${queue.topic} is ${queue.state} without a topic`);
    const key = `${queue.namespace}|${queue.nodeId}`;
    if (keys.has(key)) faults.push(`I-5: ${key} has two queues`);
    keys.add(key);
  }
  const topics = new Set(
    (await allOf(stores.topics.history()))
      .filter((entry) => entry.workflowId !== '')
      .map((entry) => entry.topic),
  );
  for (const topic of topics) {
    if (!queuesSeen.some((queue) => queue.topic === topic))
      faults.push(`I-5: topic ${topic} belongs to no queue`);
  }
  const { outboxDepth } = await stores.graph.totals();
  if (outboxDepth > 0) faults.push(`${outboxDepth} events were not published`);
  return faults;
}
