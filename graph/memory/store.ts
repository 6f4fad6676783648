import { QmtlError } from '../../domain/base/errors.js';
import type { SubmissionId, TopicName } from '../../domain/base/ids.js';
import type { GraphStore, TopicVerification } from '../../domain/ports/graph-store.js';
import { disambiguatedTopic, topicCollisionKey } from '../../domain/topics/topic-name.js';
import { storeArtifacts } from './artifacts.js';
import { commit } from './commit.js';
import { MemoryDatabase } from './database.js';
import { collectQueue, drainQueue, retireVersion } from './lifecycle.js';
import { memoryOutbox } from './outbox.js';
import { endWants, insertQueue, unverifiedQueues } from './queues.js';
import { memoryReads } from './reads.js';
import { register } from './register.js';

/** The graph of the dev profile: the same transactions and uniqueness as in Neo4j, in the memory of the process. */
export function memoryGraphStore(): GraphStore {
  const db = new MemoryDatabase();
  const transaction = async <T>(work: () => T): Promise<T> => db.journal.transaction(work);
  return {
    ...memoryReads(db),
    ...memoryOutbox(db),
    storeArtifacts: (artifacts, at) => transaction(() => storeArtifacts(db, artifacts, at)),
    register: (request) => transaction(() => register(db, request)),
    unverifiedTopics: async (submissionId, itemsMax) => {
      const row = db.submissions.get(submissionId);
      const queues = row === undefined ? [] : unverifiedQueues(db, row, itemsMax);
      return queues.map((queue) => queue.spec);
    },
    markVerified: (verifications, at) => transaction(() => markVerified(db, verifications, at)),
    renameReservation: (topic) => transaction(() => renameReservation(db, topic)),
    commit: (submissionId, at) => transaction(() => commit(db, submissionId, at)),
    cancel: (submissionId) => transaction(() => cancel(db, submissionId)),
    retireVersion: (sentinelId, at) => transaction(() => retireVersion(db, sentinelId, at)),
    drainQueue: (topic) => transaction(() => drainQueue(db, topic)),
    collectQueue: (topic) => transaction(() => collectQueue(db, topic)),
    close: async () => {},
  };
}

function markVerified(db: MemoryDatabase, verifications: readonly TopicVerification[], at: number): void {
  for (const { topic, mismatches } of verifications) {
    const row = db.queues.get(topic);
    if (row === undefined) continue;
    const verifiedAt = row.record.verifiedAt ?? at;
    db.queues.set(topic, { ...row, record: { ...row.record, verifiedAt, mismatches } });
  }
}

function renameReservation(db: MemoryDatabase, topic: TopicName): TopicName {
  const row = db.queues.get(topic);
  if (row === undefined || row.record.state !== 'pending' || row.record.verifiedAt !== undefined) {
    throw new QmtlError('E_CONTENDED', `${topic} is not an unverified reservation`);
  }
  const renamed = disambiguatedTopic(
    row.plannedTopic,
    (key) => db.topicsByCollisionKey.get(key) !== undefined,
  );
  const { namespace, nodeId } = row.record;
  db.queues.delete(topic);
  db.topicsByCollisionKey.delete(topicCollisionKey(topic));
  db.topicsByNode(namespace).delete(nodeId);
  insertQueue(db, {
    ...row,
    spec: { ...row.spec, topic: renamed },
    record: { ...row.record, topic: renamed },
  });
  return renamed;
}

function cancel(db: MemoryDatabase, submissionId: SubmissionId): boolean {
  const row = db.submissions.get(submissionId);
  if (row?.state === 'committed') return false;
  if (row !== undefined) db.submissions.set(submissionId, { ...endWants(db, row), state: 'cancelled' });
  return true;
}
