import { randomUUID } from 'node:crypto';
import { Kafka, logLevel } from 'kafkajs';
import { limits } from '../../domain/base/limits.js';
import { resolveNamespace } from '../../domain/context/namespace.js';
import { planRegistration } from '../../domain/submissions/registration.js';
import { submitRequestToWire } from '../../proto/convert/submission.js';
import type { SubmissionHandle } from '../../sdk/submission/submit.js';
import { redriveParked } from '../../temporal/clients/publish-outbox.js';
import { startSubmission } from '../../temporal/clients/submit-strategy.js';
import { superviseOutboxWorkflow } from '../../workflows/contract.js';
import type { CrashRig } from './rig.js';

/** A submission that was sent. */
export type Begun = Pick<SubmissionHandle, 'receipt'> | { readonly receipt: () => Promise<unknown> };

/** A scenario in which a worker can be killed. */
export interface Scenario {
  readonly name:
    | 'new nodes'
    | 'known nodes'
    | 'more tags'
    | 'a name that is taken'
    | 'cancelled'
    | 'a parked event'
    | 'much code'
    | 'much code of another client'
    | 'the safety net of the publisher';
  /** Done once, by a worker that is not killed, before the work that `begin` sends. */
  readonly prepare?: (rig: CrashRig, number: number) => Promise<void>;
  /** The activities whose points are cells of their own, although another scenario has calls of the same names: they do other things. */
  readonly ownCells?: 'all' | readonly string[];
  /** Sends work to the running worker; `number` differs for each use. */
  readonly begin: (rig: CrashRig, number: number) => Promise<Begun>;
  /** Once a healthy worker runs: resolves when all submissions have ended. */
  readonly end: (rig: CrashRig, begun: Begun, number: number) => Promise<void>;
}

/** Sample nodes of one use; far enough apart not to be shared. */
const options = (number: number) => ({
  nodes: 2,
  first: 100_000 + number * 100,
  strategy: `crash-${number}`,
  tagQuery: { tags: ['btc', `t-${number}`], matchMode: 'any', interval: 60 } as const,
});

async function committed(_rig: CrashRig, begun: Begun): Promise<void> {
  await begun.receipt();
}

const newNodes: Scenario = {
  name: 'new nodes',
  begin: (rig, number) => rig.submit(options(number)),
  end: committed,
};

/** A submission that its registration commits. */
const knownNodes: Scenario = {
  name: 'known nodes',
  ownCells: 'all',
  prepare: async (rig, number) => void (await (await rig.submit(options(number))).receipt()),
  begin: (rig, number) => rig.submit({ ...options(number), strategy: `crash-${number}-again` }),
  end: committed,
};

/** A submission of known nodes that adds tags: its commit has events, although no queue becomes active. */
const moreTags: Scenario = {
  name: 'more tags',
  ownCells: ['registerSubmission', 'commitSubmission', 'publishEvents'],
  prepare: async (rig, number) => void (await (await rig.submit(options(number))).receipt()),
  begin: (rig, number) =>
    rig.submit({
      ...options(number),
      strategy: `crash-${number}-tags`,
      tags: ['btc', `t-${number}`, `more-${number}`],
    }),
  end: committed,
};

const nameTaken: Scenario = {
  name: 'a name that is taken',
  begin: async (rig, number) => {
    const document = rig.document(options(number));
    await createForeignTopic(rig, plannedTopic(document));
    return rig.submit(options(number));
  },
  end: committed,
};

/** A submission that cannot continue without the broker, is cancelled meanwhile, and is sent again at the end. */
const cancelled: Scenario = {
  name: 'cancelled',
  begin: async (rig, number) => {
    rig.kafkaProxy.set({ kind: 'stall' });
    const handle = await rig.submit(options(number));
    await handle.accepted();
    await handle.cancel();
    return handle;
  },
  end: async (rig, handle, number) => {
    await handle.receipt().then(
      () => Promise.reject(new Error('a cancelled submission gave a receipt')),
      () => undefined,
    );
    rig.kafkaProxy.set({ kind: 'pass' });
    await (await rig.submit(options(number))).receipt();
  },
};

/** An operator has an event sent again, beside a submission. */
const parkedEvent: Scenario = {
  name: 'a parked event',
  prepare: async (rig, number) => {
    await (await rig.submit(options(number))).receipt();
    await rig.inGraph(
      `CREATE (:ParkedEvent {id: $id, stream: $id, seq: 1, due: 1, at: 1, traceparent: '', event: $event, size: 1,
                             submission_ids: [], parked_at: 1, reason: 'planted'})`,
      { id: plantedEvent(number), event: JSON.stringify(statusOf(number)) },
    );
  },
  begin: async (rig, number) => {
    decisions.set(number, redriveParked(await rig.client(), [plantedEvent(number)], 'retry'));
    return rig.submit(options(number));
  },
  end: async (_rig, handle, number) => {
    await handle.receipt();
    await decisions.get(number);
  },
};

const decisions = new Map<number, Promise<unknown>>();
const plantedEvent = (number: number) => `planted/${number}`;

/** Of a node that nothing else announces. */
function statusOf(number: number) {
  const nodeId = `blake3:${String(number).padStart(64, '0')}`;
  return { type: 'node_status_changed', nodeId, status: 'active' };
}

/** More code than one transaction stores. */
const muchCode = (number: number) => ({
  ...options(number),
  module: `// of ${number}${' '.repeat(limits.startTextUnitsMax)}`,
});

/** The SDK sends it in parts before the start. */
const codeInParts: Scenario = {
  name: 'much code',
  begin: (rig, number) => rig.submit(muchCode(number)),
  end: committed,
};

/** A start that carries it, as clients in other languages may send it. */
const codeInStart: Scenario = {
  name: 'much code of another client',
  begin: async (rig, number) => {
    const submission = rig.document(muchCode(number));
    const call = { traceparent: '', requestId: randomUUID() };
    const started = startSubmission(await rig.client(), submission, submitRequestToWire(submission, call));
    return { receipt: started.result };
  },
  end: committed,
};

/** The schedule that looks after the outbox, run now. */
const safetyNet: Scenario = {
  name: 'the safety net of the publisher',
  begin: async (rig, number) => {
    const handle = await rig.submit(options(number));
    const { schedule } = await rig.client();
    await schedule.getHandle(superviseOutboxWorkflow.scheduleId).trigger();
    return handle;
  },
  end: async (rig, begun) => {
    await begun.receipt();
    const { schedule, workflow } = await rig.client();
    const handle = schedule.getHandle(superviseOutboxWorkflow.scheduleId);
    for (;;) {
      const { recentActions } = (await handle.describe()).info;
      const last = recentActions.at(-1)?.action;
      if (last === undefined) continue;
      await workflow.getHandle(last.workflow.workflowId, last.workflow.firstExecutionRunId).result();
      return;
    }
  },
};

export const scenarios: readonly Scenario[] = [
  newNodes,
  knownNodes,
  moreTags,
  nameTaken,
  cancelled,
  parkedEvent,
  codeInParts,
  codeInStart,
  safetyNet,
];

function plannedTopic(submission: Parameters<typeof planRegistration>[0]): string {
  const namespace = resolveNamespace(submission.context, 'world-domain');
  const nothing = { nodes: new Map(), queues: new Map() };
  const plan = planRegistration(submission, namespace, nothing, () => undefined);
  const first = plan.kind === 'plan' ? plan.reservations[0] : undefined;
  if (first === undefined) throw new Error('nothing is planned');
  return first.spec.topic;
}

/** A foreign topic whose name collides with this one. */
async function createForeignTopic(rig: CrashRig, topic: string): Promise<void> {
  const kafka = new Kafka({ brokers: [`127.0.0.1:${rig.kafkaProxy.port}`], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic: topic.replaceAll('.', '_') }], waitForLeaders: false });
  await admin.disconnect();
}
