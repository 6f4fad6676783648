import type { StrategyId } from '../../domain/base/ids.js';
import { limits } from '../../domain/base/limits.js';
import {
  type GetNodeCodeResponse,
  GetNodeCodeResponseSchema,
  ListNodesResponseSchema,
  ListQueueMapResponseSchema,
} from '../../proto/gen/qmtl/v1/api_pb.js';
import type { NodeRecord } from '../../proto/gen/qmtl/v1/graph_pb.js';
import type { ApiClient } from './api-client.js';

/** The graph's records of these nodes, read in pages of ids; unknown ones are left out. */
export async function readNodes(api: ApiClient, nodeIds: readonly string[]): Promise<NodeRecord[]> {
  const records: NodeRecord[] = [];
  for (let from = 0; from < nodeIds.length; from += limits.idsPerReadMax) {
    const query = new URLSearchParams({ ids: nodeIds.slice(from, from + limits.idsPerReadMax).join(',') });
    const page = await api.get(ListNodesResponseSchema, `/v1/dag-manager/nodes?${query.toString()}`);
    if (page === undefined) throw api.missing();
    records.push(...page.nodes);
  }
  return records;
}

/** The nodes of the newest submission of a strategy; undefined when it is not known, or not committed yet. */
export async function readNewestNodes(
  api: ApiClient,
  strategyId: StrategyId,
): Promise<NodeRecord[] | undefined> {
  const nodeIds: string[] = [];
  let cursor: string | undefined = '0';
  while (cursor !== undefined) {
    const query = new URLSearchParams({ cursor, limit: String(limits.pageItemsMax) });
    const path = `/v1/gateway/strategies/${encodeURIComponent(strategyId)}/queue-map?${query.toString()}`;
    const page = await api.get(ListQueueMapResponseSchema, path);
    if (page === undefined) return undefined;
    nodeIds.push(...page.queueMap.map(({ nodeId }) => nodeId));
    cursor = page.nextCursor === '' ? undefined : page.nextCursor;
  }
  return readNodes(api, nodeIds);
}

/** What the graph has of the hashes of a node; undefined when it does not know the node. */
export function readNodeCode(api: ApiClient, nodeId: string): Promise<GetNodeCodeResponse | undefined> {
  return api.get(GetNodeCodeResponseSchema, `/v1/dag-manager/nodes/${nodeId}/code`);
}
