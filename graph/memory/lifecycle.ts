import type { SentinelId, TopicName } from '../../domain/base/ids.js';
import type { CollectOutcome, DrainOutcome } from '../../domain/ports/graph-store.js';
import type { MemoryDatabase } from './database.js';
import { isReferenced, queueReferences, setState } from './queues.js';

/** How queues end, as in Neo4j. */
export function retireVersion(db: MemoryDatabase, sentinelId: SentinelId, at: number): boolean {
  const sentinel = db.sentinels.get(sentinelId);
  if (sentinel === undefined) return false;
  for (const key of sentinel.queues) db.users.remove(key, sentinelId);
  db.sentinels.set(sentinelId, { ...sentinel, queues: [] });
  const strategy = db.strategies.get(sentinel.strategyId);
  if (strategy === undefined) return true;
  const versions = strategy.versions.map((version) =>
    version.sentinelId === sentinelId ? { ...version, retiredAt: version.retiredAt ?? at } : version,
  );
  db.strategies.set(sentinel.strategyId, { ...strategy, versions });
  return true;
}

export function drainQueue(db: MemoryDatabase, topic: TopicName): DrainOutcome {
  const row = db.queues.get(topic);
  const references = queueReferences(db, topic);
  if (row?.record.state === 'draining') return 'draining';
  if (row?.record.state !== 'active' || references === undefined) return 'not-active';
  if (isReferenced(references)) return 'referenced';
  setState(db, row, 'draining');
  return 'draining';
}

export function collectQueue(db: MemoryDatabase, topic: TopicName): CollectOutcome {
  const row = db.queues.get(topic);
  const references = queueReferences(db, topic);
  if (row?.record.state === 'collected') return 'collected';
  if (row?.record.state !== 'draining' || references === undefined) return 'not-draining';
  if (isReferenced(references)) return 'referenced';
  setState(db, row, 'collected');
  return 'collected';
}
