import { create } from '@bufbuild/protobuf';
import { z } from 'zod';
import { QmtlError } from '../../domain/base/errors.js';
import { isNodeId, type NodeId } from '../../domain/base/ids.js';
import { limits } from '../../domain/base/limits.js';
import { matchModes } from '../../domain/dag/dag.js';
import { splitTags } from '../../domain/dag/tag-query.js';
import type { GraphReads, NodeRecord, Page } from '../../domain/ports/graph-reads.js';
import { codeToWire } from '../../proto/convert/artifacts.js';
import { nodeRecordToWire } from '../../proto/convert/graph.js';
import { artifactToWire } from '../../proto/convert/stored-code.js';
import {
  type GetNodeCodeResponse,
  GetNodeCodeResponseSchema,
  GetNodeDependenciesResponseSchema,
  GetNodeResponseSchema,
  ListNodeCodeResponseSchema,
  ListNodesResponseSchema,
} from '../../proto/gen/qmtl/v1/api_pb.js';
import { commaList, noQuery, pageQuery, pageRequest, wholeNumber } from '../query.js';
import { type ApiRoute, route } from '../route.js';

const nodeIdHint = 'a NodeID is blake3: and 64 hex digits';
const nodeIdText = z.string().refine(isNodeId, {
  error: ({ input }) => `${JSON.stringify(input)} is not a NodeID: ${nodeIdHint}`,
});

const nodesQuery = pageQuery(isNodeId)
  .extend({
    ids: commaList(limits.idsPerReadMax, nodeIdText)
      .optional()
      .describe(`up to ${limits.idsPerReadMax} NodeIDs; unknown ones are omitted`),
  })
  .refine(
    ({ ids, cursor }) => ids === undefined || cursor === undefined,
    'ids are one page and take no cursor',
  );

const byTagsQuery = pageQuery(isNodeId).extend({
  tags: commaList(limits.nodeTagsMax, z.string().max(limits.tagCharsMax)).describe(
    'tags, separated by commas',
  ),
  match_mode: z.enum(matchModes).default('any').describe('any: at least one of the tags; all: every one'),
  interval: wholeNumber(0, limits.intervalSecondsMax).describe('interval of the nodes, whole seconds'),
});

export const nodeRoutes: readonly ApiRoute[] = [
  route({
    path: '/v1/dag-manager/nodes',
    summary: 'Nodes of the global DAG in id order, or those with the given ids',
    response: ListNodesResponseSchema,
    query: nodesQuery,
    read: async ({ graph }, _params, query) => {
      if (query.ids !== undefined) {
        const records = await graph.nodesByIds([...new Set(query.ids)].filter(isNodeId));
        return create(ListNodesResponseSchema, { nodes: records.map(nodeRecordToWire) });
      }
      return nodesPage(await graph.nodes(pageRequest(query)));
    },
  }),
  route({
    path: '/v1/dag-manager/nodes/by-tags',
    summary:
      'Nodes with any or all of the given tags and one interval; tag queries, which have no streams, are never among them',
    response: ListNodesResponseSchema,
    query: byTagsQuery,
    read: async ({ graph }, _params, query) => {
      const tagQuery = { tags: splitTags(query.tags), matchMode: query.match_mode, interval: query.interval };
      return nodesPage(await graph.nodesByTags(tagQuery, pageRequest(query)));
    },
  }),
  route({
    path: '/v1/dag-manager/nodes/{node_id}',
    summary: 'One node with its queues',
    response: GetNodeResponseSchema,
    query: noQuery,
    read: async ({ graph }, params) => {
      const record = await recordOf(graph, params.node_id);
      return create(GetNodeResponseSchema, { node: nodeRecordToWire(record) });
    },
  }),
  route({
    path: '/v1/dag-manager/nodes/{node_id}/dependencies',
    summary: 'Upstreams and readers of a node',
    response: GetNodeDependenciesResponseSchema,
    query: noQuery,
    read: async ({ graph }, params) => {
      const nodeId = nodeIdOf(params.node_id ?? '');
      const found = await graph.dependencies(nodeId);
      if (found === undefined) throw unknownNode(nodeId);
      return create(GetNodeDependenciesResponseSchema, {
        nodeId,
        upstreams: [...found.upstreams],
        downstreams: [...found.downstreams],
      });
    },
  }),
  route({
    path: '/v1/dag-manager/nodes/{node_id}/code',
    summary: 'What is stored of the hashes of a node: its closed module and its fields',
    response: GetNodeCodeResponseSchema,
    query: noQuery,
    read: async ({ graph }, params) => nodeCode(graph, await recordOf(graph, params.node_id)),
  }),
  route({
    path: '/v1/dag-manager/nodes/code',
    summary: 'What is stored of the hashes of some nodes, as much as fits into one answer',
    response: ListNodeCodeResponseSchema,
    query: z.strictObject({
      ids: commaList(limits.idsPerReadMax, nodeIdText).describe(
        `up to ${limits.idsPerReadMax} NodeIDs; unknown ones are omitted`,
      ),
    }),
    read: async ({ graph }, _params, { ids }) => {
      const records = await graph.nodesByIds([...new Set(ids)].filter(isNodeId));
      const nodes: GetNodeCodeResponse[] = [];
      let units = 0;
      for (const record of records) {
        if (units >= limits.codePerAnswerUnitsMax) break;
        const stored = await nodeCode(graph, record);
        units += (stored.code?.module.length ?? 0) + stored.fields.length;
        if (nodes.length === 0 || units <= limits.codePerAnswerUnitsMax) nodes.push(stored);
      }
      const leftOut = records.slice(nodes.length).map(({ node }) => node.nodeId);
      return create(ListNodeCodeResponseSchema, { nodes, leftOut });
    },
  }),
];

async function nodeCode(
  graph: Pick<GraphReads, 'code' | 'schema'>,
  { node: { nodeId, codeHash, schemaHash } }: NodeRecord,
): Promise<GetNodeCodeResponse> {
  const [code, schema] = await Promise.all([
    graph.code(codeHash),
    schemaHash === undefined ? undefined : graph.schema(schemaHash),
  ]);
  return create(GetNodeCodeResponseSchema, {
    nodeId,
    ...(code === undefined ? {} : { artifact: artifactToWire(code), code: codeToWire(code.code) }),
    fields: schema?.fields ?? '',
  });
}

function nodesPage({ items, nextCursor = '', unreadable = [] }: Page<NodeRecord>) {
  return create(ListNodesResponseSchema, {
    nodes: items.map(nodeRecordToWire),
    nextCursor,
    unreadable: [...unreadable],
  });
}

async function recordOf(graph: Pick<GraphReads, 'nodesByIds'>, text = ''): Promise<NodeRecord> {
  const nodeId = nodeIdOf(text);
  const [record] = await graph.nodesByIds([nodeId]);
  if (record === undefined) throw unknownNode(nodeId);
  return record;
}

function nodeIdOf(text: string): NodeId {
  if (isNodeId(text)) return text;
  throw new QmtlError('E_USAGE', `${text} is not a NodeID`, { hint: nodeIdHint });
}

function unknownNode(nodeId: NodeId): QmtlError {
  return new QmtlError('E_NOT_FOUND', `there is no node ${nodeId}`, {
    hint: 'a node appears once a submission with it is committed',
  });
}
