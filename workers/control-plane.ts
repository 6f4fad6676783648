import { heartbeat, sleep } from '@temporalio/activity';
import { type NativeConnection, Worker } from '@temporalio/worker';
import { createSubmissionActivities } from '../activities/submission.js';
import { createTopicActivities } from '../activities/topics.js';
import type { NamespacePolicy } from '../domain/context/namespace.js';
import type { ControlBus } from '../domain/ports/control-bus.js';
import type { GraphStore } from '../domain/ports/graph-store.js';
import type { TopicAdmin } from '../domain/ports/topic-admin.js';
import { workflowBundle } from '../temporal/bundle/workflow-bundle.js';
import { dataConverter } from '../temporal/payloads/data-converter.js';
import { queues } from '../workflows/contract.js';
import { loggedActivities, type Telemetry } from './telemetry/telemetry.js';

export interface ControlPlaneDeps {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly graph: GraphStore;
  readonly topics: TopicAdmin;
  readonly bus: ControlBus;
  readonly namespacePolicy: NamespacePolicy;
  readonly telemetry: Telemetry;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** A worker that polls. */
export interface ControlPlane {
  /** Whether it polls now. */
  polls(this: void): boolean;
  /** Rejects when the worker fails. */
  readonly finished: Promise<void>;
  /** Stops polling and waits for running work, at most for the grace time. */
  drain(): Promise<void>;
}

/**
 * Concurrent transactions on the graph. More would not be faster: a server has a few cores, and writers of the same nodes
 * block each other. Work waits here without a time limit.
 */
const maxConcurrentLocalActivityExecutions = 4;

/** Submissions that create topics concurrently; each sends bulk requests, and the controller handles one request at a time. */
const maxConcurrentActivityTaskExecutions = 8;

/** At shutdown running work may finish within this time; a longer step is cancelled and repeated by another worker. */
const shutdownGraceTime = '20s';

/** Starts the worker of the control plane: all workflows and activities, from the prebuilt bundle. */
export async function startControlPlane(deps: ControlPlaneDeps): Promise<ControlPlane> {
  const worker = await Worker.create({
    connection: deps.connection,
    namespace: deps.namespace,
    taskQueue: queues.control,
    workflowBundle,
    dataConverter,
    activities: loggedActivities(controlPlaneActivities(deps), deps.telemetry.log),
    shutdownGraceTime,
    shutdownForceTime: '30s',
    maxConcurrentWorkflowTaskExecutions: 120,
    maxConcurrentLocalActivityExecutions,
    maxConcurrentActivityTaskExecutions,
  });
  const finished = worker.run();
  return {
    finished,
    polls: () => worker.getState() === 'RUNNING',
    drain: async () => {
      if (worker.getState() === 'RUNNING') worker.shutdown();
      await finished;
    },
  };
}

/** Every activity, over the ports of one profile. */
export function controlPlaneActivities({
  graph,
  topics,
  bus,
  namespacePolicy,
  now,
}: Omit<ControlPlaneDeps, 'connection' | 'namespace' | 'telemetry'>) {
  return {
    ...createSubmissionActivities({ graph, bus, namespacePolicy, now }),
    ...createTopicActivities({ graph, topics, now, sleep, heartbeat: (progress) => heartbeat(progress) }),
  };
}
