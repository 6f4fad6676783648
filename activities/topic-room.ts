import { isQmtlError, type Problem } from '../domain/base/errors.js';
import { limits } from '../domain/base/limits.js';
import type { Namespace } from '../domain/context/namespace.js';
import type { GraphStore } from '../domain/ports/graph-store.js';
import type { TopicAdmin } from '../domain/ports/topic-admin.js';
import { planRegistration } from '../domain/submissions/registration.js';
import type { Submission } from '../domain/submissions/submission.js';
import { roomFault, type TopicRoom } from '../domain/topics/topic-room.js';

export interface RoomDeps {
  readonly graph: Pick<GraphStore, 'known'>;
  readonly topics: Pick<TopicAdmin, 'room'>;
}

/**
 * Refuses a large submission whose new topics do not fit on the brokers, before anything is written. A small one is refused when its topics
 * are to be created: it would wait here for a broker that it may not need. So is one whose broker does not answer now.
 */
export async function roomProblem(
  { graph, topics }: RoomDeps,
  submission: Submission,
  namespace: Namespace,
): Promise<Problem | undefined> {
  const { nodes } = submission.dag;
  if (nodes.length < limits.roomCheckNodesMin) return undefined;
  const known = await graph.known(
    nodes.map(({ nodeId }) => nodeId),
    namespace.key,
  );
  const plan = planRegistration(submission, namespace, known, () => undefined);
  if (plan.kind !== 'plan' || plan.reservations.length < limits.roomCheckNodesMin) return undefined;
  const room = await roomFor(
    topics,
    plan.reservations.map(({ spec }) => spec),
  );
  const fault = room === undefined ? undefined : roomFault(room);
  if (fault === undefined) return undefined;
  const { code, message, hint = '' } = fault;
  return { code, path: '/dag/nodes', message, hint };
}

async function roomFor(
  topics: RoomDeps['topics'],
  specs: Parameters<TopicAdmin['room']>[0],
): Promise<TopicRoom | undefined> {
  try {
    return await topics.room(specs);
  } catch (error) {
    if (isQmtlError(error)) return undefined;
    throw error;
  }
}
