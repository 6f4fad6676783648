import { create } from '@bufbuild/protobuf';
import { z } from 'zod';
import { nodeIdsCrc32 } from '../../domain/base/crc32.js';
import { QmtlError } from '../../domain/base/errors.js';
import { isStrategyId, isSubmissionId, type NodeId } from '../../domain/base/ids.js';
import type { PageRequest, SubmissionRecord } from '../../domain/ports/graph-reads.js';
import { strategyToWire } from '../../proto/convert/graph.js';
import { queueMapEntryToWire } from '../../proto/convert/receipt.js';
import {
  GetStrategyStatusResponseSchema,
  ListQueueMapResponseSchema,
  ListStrategiesResponseSchema,
} from '../../proto/gen/qmtl/v1/api_pb.js';
import type { ApiDeps } from '../deps.js';
import { noQuery, pageQuery, pageRequest } from '../query.js';
import { type ApiRoute, route } from '../route.js';
import { readStatus, unknownSubmission } from '../submission-status.js';

export const strategyRoutes: readonly ApiRoute[] = [
  route({
    path: '/v1/gateway/strategies',
    summary: 'Strategies with their committed versions, newest version first',
    response: ListStrategiesResponseSchema,
    query: pageQuery(isStrategyId),
    read: async ({ graph }, _params, query) => {
      const page = await graph.strategies(pageRequest(query));
      return create(ListStrategiesResponseSchema, {
        strategies: page.items.map(strategyToWire),
        nextCursor: page.nextCursor ?? '',
        unreadable: [...(page.unreadable ?? [])],
      });
    },
  }),
  route({
    path: '/v1/gateway/strategies/{strategy_id}/status',
    summary: 'Status of a submission, or of the newest one of a strategy, from Temporal and the graph',
    response: GetStrategyStatusResponseSchema,
    query: noQuery,
    read: (deps, params) => readStatus(deps, params.strategy_id ?? ''),
  }),
  route({
    path: '/v1/gateway/strategies/{strategy_id}/queue-map',
    summary: 'Queue map of the newest submission of a strategy, or of one submission, in topological order',
    response: ListQueueMapResponseSchema,
    query: pageQuery(isPosition).extend({
      names: z
        .enum(['true', 'false'])
        .default('false')
        .describe('true: with the names that it gives its nodes'),
    }),
    read: async (deps, params, query) => {
      const record = await submissionOf(deps, params.strategy_id ?? '');
      const digest = query.names === 'true' ? record.receipt?.dagDigest : undefined;
      const names = digest === undefined ? undefined : await deps.graph.nodeNames(digest);
      return queueMapPage(record, pageRequest(query), names ?? new Map());
    },
  }),
];

/** `id`: of a strategy or of a submission. */
async function submissionOf({ graph }: ApiDeps, id: string): Promise<SubmissionRecord> {
  const record = isSubmissionId(id)
    ? await graph.submission(id)
    : isStrategyId(id)
      ? await graph.newestSubmission(id)
      : undefined;
  if (record !== undefined) return record;
  throw unknownSubmission(id);
}

/** A position in a queue map: the number of entries before it. */
function isPosition(text: string): boolean {
  return /^\d{1,9}$/.test(text);
}

function queueMapPage(
  { receipt, strategyId }: SubmissionRecord,
  { cursor = '0', itemsMax }: PageRequest,
  names: ReadonlyMap<NodeId, string>,
) {
  if (receipt === undefined) {
    throw new QmtlError('E_NOT_FOUND', `the submission of ${strategyId} is not committed yet`, {
      hint: 'read its status',
    });
  }
  const from = Number(cursor);
  const entries = receipt.nodes.slice(from, from + itemsMax);
  const next = from + entries.length;
  return create(ListQueueMapResponseSchema, {
    submissionId: receipt.submissionId,
    queueMap: entries.map((entry) => queueMapEntryToWire(entry, names.get(entry.nodeId))),
    nodeIdsCrc32: nodeIdsCrc32(entries.map((entry) => entry.nodeId)),
    nextCursor: next < receipt.nodes.length ? String(next) : '',
  });
}
