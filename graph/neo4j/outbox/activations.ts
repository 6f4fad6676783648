import { isSubmissionId, type SubmissionId } from '../../../domain/base/ids.js';
import { limits } from '../../../domain/base/limits.js';
import { type TagQuery, tagQueryNodeType } from '../../../domain/dag/dag.js';
import { parseTagQuery } from '../../../domain/dag/tag-query.js';
import {
  type Activation,
  announcementDue,
  changedSets,
  leadingTags,
  queueSetId,
} from '../../../domain/events/queue-sets.js';
import { maybe, type Row, readInteger, readKind, readText, readTexts } from '../driver/cypher-value.js';
import { statement } from '../driver/statement.js';
import type { GraphTransaction } from '../driver/transactions.js';
import { requireFence } from './publisher.js';
import { queueSetDigest } from './queue-sets.js';
import { lockSubmissions } from './unsent-events.js';

const oldestActivations = statement(
  'read the oldest activations',
  `MATCH (n:Activation)
   WHERE n.at >= 0
   RETURN n.id AS id, n.submission_id AS submission_id, n.tags AS tags, n.interval AS interval, n.added AS added, n.at AS at,
          n.traceparent AS traceparent, n.compared_until AS compared_until
   ORDER BY n.at, n.id LIMIT $rows_max`,
);

const queriesForTags = statement(
  'read tag queries that name a tag',
  `UNWIND $tags AS name
   MATCH (t:Tag {name: name})<-[asked:QUERIES]-(c:ComputeNode)
   WHERE asked.interval IN $intervals AND c.node_id > $after
   RETURN DISTINCT c.node_id AS node_id, c.params_canon AS params_canon
   ORDER BY node_id LIMIT $rows_max`,
);

const whenAnnounced = statement(
  'read when sets were announced',
  `UNWIND $keys AS key
   MATCH (set:QueueSet {key: key})
   WHERE set.announced_at IS NOT NULL
   RETURN key, set.announced_at AS announced_at`,
);

const markChanged = statement(
  'mark changed sets',
  `UNWIND $sets AS set
   MERGE (c:ChangedSet {id: set.id})
   ON CREATE SET c.tags = set.tags, c.interval = set.interval, c.match_mode = set.match_mode, c.due = set.due,
                 c.pass = $pass, c.at = set.at, c.traceparent = set.traceparent, c.submission_ids = []
   SET c.submission_ids =
     (c.submission_ids + [id IN set.submission_ids WHERE NOT id IN c.submission_ids])[..$submissions_max]`,
);

const finishActivations = statement(
  'remove compared activations',
  `UNWIND $ids AS id
   MATCH (n:Activation {id: id})
   DELETE n`,
);

const continueActivation = statement(
  'note how far activations are compared',
  'MATCH (n:Activation {id: $id}) SET n.compared_until = $node_id',
);

const finishPass = statement(
  'count passes over activations up',
  `MATCH (p:Publisher {name: 'outbox'})
   SET p.pass = $pass
   WITH p
   UNWIND $submission_ids AS submission_id
   MATCH (s:Submission {submission_id: submission_id})
   SET s.activation_pass = $pass`,
);

interface ActivationRow {
  readonly id: string;
  readonly submissionId: SubmissionId;
  readonly activation: Activation;
  readonly at: number;
  readonly traceparent: string;
  /** Queries up to this node were compared before; '' = none. */
  readonly comparedUntil: string;
}

/** The tag queries that activations have to be compared with. */
interface Candidates {
  readonly queries: readonly TagQuery[];
  /** The last node that was read, when others follow. */
  readonly last?: string;
}

/**
 * Marks the sets that the oldest activations changed. The work of one transaction is bounded: fewer activations are taken when many tag queries
 * name their tags, and a single one is compared over several passes.
 *
 * A reader may see a commit while the server makes it visible row by row, so the submissions are locked for a moment, which
 * waits for their commits: when the marked sets are resolved later, all their queues are there.
 */
export async function takeActivations(
  tx: GraphTransaction,
  fence: number,
  activationsMax: number,
  at: number,
): Promise<number> {
  const pass = (await requireFence(tx, fence)) + 1;
  const found = (await tx.run(oldestActivations, { rows_max: activationsMax })).map(activationFrom);
  const { activations, candidates } = await comparable(tx, found);
  if (activations.length === 0) {
    tx.discard();
    return 0;
  }
  const submissionIds = [...new Set(activations.map(({ submissionId }) => submissionId))].sort();
  await tx.run(lockSubmissions, { submission_ids: submissionIds });
  const { last } = candidates;
  await Promise.all([
    mark(tx, activations, candidates.queries, pass, at),
    last === undefined
      ? tx.run(finishActivations, { ids: activations.map(({ id }) => id).sort() })
      : tx.run(continueActivation, { id: activations[0]?.id, node_id: last }),
    tx.run(finishPass, { pass, submission_ids: submissionIds }),
  ]);
  return activations.length;
}

/** The first activations whose queries fit into one transaction. A row that was begun goes on alone. */
async function comparable(tx: GraphTransaction, found: readonly ActivationRow[]) {
  const begun = found.findIndex(({ comparedUntil }) => comparedUntil !== '');
  let activations = begun === 0 ? found.slice(0, 1) : found.slice(0, begun === -1 ? found.length : begun);
  let candidates = await queriesFor(tx, activations);
  while (candidates.last !== undefined && activations.length > 1) {
    activations = activations.slice(0, Math.ceil(activations.length / 2));
    candidates = await queriesFor(tx, activations);
  }
  return { activations, candidates };
}

async function queriesFor(tx: GraphTransaction, activations: readonly ActivationRow[]): Promise<Candidates> {
  if (activations.length === 0) return { queries: [] };
  const rows = await tx.run(queriesForTags, {
    tags: [...new Set(activations.flatMap(({ activation }) => leadingTags(activation)))],
    intervals: [...new Set(activations.map(({ activation }) => activation.set.interval))],
    after: activations[0]?.comparedUntil ?? '',
    rows_max: limits.activationQueriesMax + 1,
  });
  const read = rows.slice(0, limits.activationQueriesMax);
  const queries = read.flatMap(
    (row) => parseTagQuery({ nodeType: tagQueryNodeType, paramsCanon: readText(row, 'params_canon') }) ?? [],
  );
  const last = read.at(-1);
  return rows.length > read.length && last !== undefined
    ? { queries, last: readText(last, 'node_id') }
    : { queries };
}

async function mark(
  tx: GraphTransaction,
  activations: readonly ActivationRow[],
  queries: readonly TagQuery[],
  pass: number,
  at: number,
): Promise<void> {
  const changed = new Map<
    string,
    { query: TagQuery; first: ActivationRow; submissionIds: Set<SubmissionId> }
  >();
  for (const one of activations) {
    for (const query of changedSets([one.activation], queries)) {
      const id = queueSetId(query);
      const set = changed.get(id) ?? { query, first: one, submissionIds: new Set() };
      set.submissionIds.add(one.submissionId);
      changed.set(id, set);
    }
  }
  const keys = [...new Set([...changed.values()].map(({ query }) => queueSetDigest(query)))];
  const announced = new Map(
    (await tx.run(whenAnnounced, { keys })).map((row) => [
      readText(row, 'key'),
      readInteger(row, 'announced_at'),
    ]),
  );
  const sets = [...changed].map(([id, { query, first, submissionIds }]) => ({
    id,
    tags: query.tags,
    interval: query.interval,
    match_mode: query.matchMode,
    due: announcementDue(announced.get(queueSetDigest(query)), at),
    at: first.at,
    traceparent: first.traceparent,
    submission_ids: [...submissionIds],
  }));
  await tx.run(markChanged, { sets, pass, submissions_max: limits.setSubmissionsMax });
}

function activationFrom(row: Row): ActivationRow {
  const added = maybe(row, 'added', readTexts);
  const set = {
    tags: readTexts(row, 'tags'),
    matchMode: 'all',
    interval: readInteger(row, 'interval'),
  } as const;
  return {
    id: readText(row, 'id'),
    submissionId: readKind(row, 'submission_id', isSubmissionId),
    activation: { set, ...(added === undefined ? {} : { added }) },
    at: readInteger(row, 'at'),
    traceparent: readText(row, 'traceparent'),
    comparedUntil: maybe(row, 'compared_until', readText) ?? '',
  };
}
