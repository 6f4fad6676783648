import { heartbeat, sleep } from '@temporalio/activity';
import { Client } from '@temporalio/client';
import { type NativeConnection, Worker } from '@temporalio/worker';
import type { OnSignature } from '../activities/code-signatures.js';
import { createPublishActivities } from '../activities/publish-events.js';
import { createArtifactActivities } from '../activities/store-artifacts.js';
import { createSubmissionActivities } from '../activities/submission.js';
import { createTopicActivities } from '../activities/topics.js';
import type { NamespacePolicy } from '../domain/context/namespace.js';
import type { ControlBus } from '../domain/ports/control-bus.js';
import type { GraphStore } from '../domain/ports/graph-store.js';
import type { TopicAdmin } from '../domain/ports/topic-admin.js';
import type { WorkflowSignals } from '../domain/submissions/workflow-signals.js';
import { workflowBundle } from '../temporal/bundle/workflow-bundle.js';
import { workflowSignals } from '../temporal/clients/workflow-signals.js';
import { dataConverter } from '../temporal/payloads/data-converter.js';
import { queues } from '../workflows/contract.js';
import { signatureAudit } from './telemetry/signature-audit.js';
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

/** Rounds of the publisher and decisions of operators: one publisher works at a time. */
const maxConcurrentPublishingActivities = 4;

/** At shutdown running work may finish within this time; a longer step is cancelled and repeated by another worker. */
const shutdownGraceTime = '20s';

/**
 * Starts the workers of the control plane: one for submissions, with all workflows from the prebuilt bundle, and one for publishing, so that
 * a bus that is slow or away takes no slot from submissions.
 */
export async function startControlPlane(deps: ControlPlaneDeps): Promise<ControlPlane> {
  const { connection, namespace } = deps;
  const client = new Client({ connection, namespace, dataConverter });
  const activities = controlPlaneActivities({
    ...deps,
    signals: workflowSignals(client),
    onSignature: signatureAudit(deps.telemetry),
  });
  const { log } = deps.telemetry;
  const shared = {
    connection,
    namespace,
    dataConverter,
    shutdownGraceTime,
    shutdownForceTime: '30s',
  } as const;
  const workers = [
    await Worker.create({
      ...shared,
      taskQueue: queues.control,
      workflowBundle,
      activities: loggedActivities(activities.control, log),
      maxConcurrentWorkflowTaskExecutions: 120,
      maxConcurrentLocalActivityExecutions,
      maxConcurrentActivityTaskExecutions,
    }),
    await Worker.create({
      ...shared,
      taskQueue: queues.publish,
      activities: loggedActivities(activities.publish, log),
      maxConcurrentActivityTaskExecutions: maxConcurrentPublishingActivities,
    }),
  ];
  const running = workers.map((worker) => worker.run());
  return {
    finished: Promise.all(running).then(() => undefined),
    polls: () => workers.every((worker) => worker.getState() === 'RUNNING'),
    drain: async () => {
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
      await Promise.allSettled(running);
      await Promise.all(running);
    },
  };
}

/** Every activity, over the ports of one profile, by the queue that offers it. */
export function controlPlaneActivities({
  graph,
  topics,
  bus,
  signals,
  namespacePolicy,
  now,
  onSignature = () => {},
}: Omit<ControlPlaneDeps, 'connection' | 'namespace' | 'telemetry'> & {
  readonly signals: WorkflowSignals;
  readonly onSignature?: OnSignature;
}) {
  const beat = (progress: unknown) => heartbeat(progress);
  return {
    control: {
      ...createSubmissionActivities({ graph, topics, signals, namespacePolicy, now, onSignature }),
      ...createArtifactActivities({ graph, now, onSignature, heartbeat: beat }),
      ...createTopicActivities({ graph, topics, now, sleep, heartbeat: beat }),
    },
    publish: createPublishActivities({ graph, bus, signals, now, sleep, heartbeat: beat }),
  };
}
