import type { StrategyId } from '../../domain/base/ids.js';
import { limits } from '../../domain/base/limits.js';
import {
  type GetNodeCodeResponse,
  ListNodeCodeResponseSchema,
  ListNodesResponseSchema,
  ListQueueMapResponseSchema,
} from '../../proto/gen/qmtl/v1/api_pb.js';
import type { ComputeNode } from '../../proto/gen/qmtl/v1/dag_pb.js';
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

/**
 * The nodes of the newest submission of a strategy, with the names that it gives them; undefined when it is not known, or not
 * committed yet.
 */
export async function readNewestNodes(
  api: ApiClient,
  strategyId: StrategyId,
): Promise<NodeRecord[] | undefined> {
  const names = new Map<string, string>();
  let cursor: string | undefined = '0';
  while (cursor !== undefined) {
    const query = new URLSearchParams({ cursor, limit: String(limits.pageItemsMax), names: 'true' });
    const path = `/v1/gateway/strategies/${encodeURIComponent(strategyId)}/queue-map?${query.toString()}`;
    const page = await api.get(ListQueueMapResponseSchema, path);
    if (page === undefined) return undefined;
    for (const { nodeId, name } of page.queueMap) names.set(nodeId, name);
    cursor = page.nextCursor === '' ? undefined : page.nextCursor;
  }
  const records = await readNodes(api, [...names.keys()]);
  for (const { node } of records) rename(node, names);
  return records;
}

function rename(node: ComputeNode | undefined, names: ReadonlyMap<string, string>): void {
  if (node !== undefined) node.name = names.get(node.nodeId) || node.name;
}

/** What the graph has of the hashes of these nodes, by NodeID; unknown ones are left out. */
export async function readNodeCodes(
  api: ApiClient,
  nodeIds: readonly string[],
): Promise<ReadonlyMap<string, GetNodeCodeResponse>> {
  const found = new Map<string, GetNodeCodeResponse>();
  let missing = [...new Set(nodeIds)];
  while (missing.length > 0) {
    const asked = missing.slice(0, limits.idsPerReadMax);
    const query = new URLSearchParams({ ids: asked.join(',') });
    const answer = await api.get(
      ListNodeCodeResponseSchema,
      `/v1/dag-manager/nodes/code?${query.toString()}`,
    );
    if (answer === undefined) throw api.missing();
    for (const stored of answer.nodes) found.set(stored.nodeId, stored);
    const left = answer.nodes.length === 0 ? [] : answer.leftOut;
    missing = [...left, ...missing.slice(asked.length)];
  }
  return found;
}
