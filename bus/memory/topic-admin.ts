import { limits } from '../../domain/base/limits.js';
import type { CreateOutcome, TopicAdmin } from '../../domain/ports/topic-admin.js';
import type { TopicSpec } from '../../domain/topics/topic.js';
import type { TopicAudit } from '../../domain/topics/topic-log.js';
import { refuseTooManyTopics } from '../../domain/topics/topic-plan.js';
import { replicasOf, roomFault, type TopicRoom } from '../../domain/topics/topic-room.js';
import type { MemoryBroker } from './broker.js';

/** Topic administration of the dev profile, with one broker and so one replica. `now` returns milliseconds since the epoch. */
export function memoryTopicAdmin(
  broker: MemoryBroker,
  now: () => number,
  {
    installation = '',
    replicasMax = limits.brokerReplicasMax,
  }: { readonly installation?: string; readonly replicasMax?: number } = {},
): TopicAdmin {
  const roomFor = (specs: readonly TopicSpec[]): TopicRoom => {
    const missing = [...new Map(specs.map((spec) => [spec.topic, spec])).values()].filter(
      ({ topic }) => broker.describe(topic) === undefined,
    );
    const held = broker.partitionCount();
    return { missing: missing.length, needed: replicasOf(missing, 1), held, most: replicasMax };
  };
  const foreignOwner = (topic: string) => {
    const owner = broker.ownerOf(topic);
    return installation === '' || owner === '' || owner === installation ? undefined : owner;
  };
  const createOne = (spec: TopicSpec, audit: TopicAudit): CreateOutcome => {
    const { topic } = spec;
    const owner = foreignOwner(topic);
    if (broker.describe(topic) !== undefined)
      return owner === undefined
        ? { kind: 'exists', topic }
        : { kind: 'foreign', topic, installation: owner };
    const similar = broker.similarTo(topic);
    if (similar !== undefined) return { kind: 'collides', topic, other: similar };
    broker.createTopic(spec, { ...audit, installation, at: now() });
    return { kind: 'created', topic };
  };
  return {
    room: async (specs) => roomFor(specs),
    create: async (specs, audit) => {
      refuseTooManyTopics(specs.length);
      const fault = roomFault(roomFor(specs));
      if (fault !== undefined) throw fault;
      return specs.map((spec) => createOne(spec, audit));
    },
    remove: async (topics, audit) =>
      topics.filter((topic) => broker.removeTopic(topic, { ...audit, installation, at: now() })),
    describe: async (topics) => {
      const found = topics.flatMap((topic) => broker.describe(topic) ?? []);
      return new Map(found.map((description) => [description.topic, description]));
    },
    list: async () => broker.topicNames(),
    brokerCount: async () => 1,
    replicasMax: async () => 1,
    history: async function* () {
      yield* broker.history();
    },
  };
}
