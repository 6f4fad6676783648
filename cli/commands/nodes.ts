import { toJson } from '@bufbuild/protobuf';
import { Command, Option } from 'commander';
import { QmtlError } from '../../domain/base/errors.js';
import { isQuery, matchModes } from '../../domain/dag/dag.js';
import {
  type ListNodesResponse,
  ListNodesResponseSchema,
  type ListStreamsResponse,
  ListStreamsResponseSchema,
} from '../../proto/gen/qmtl/v1/api_pb.js';
import { type Queue, QueueState } from '../../proto/gen/qmtl/v1/graph_pb.js';
import { answerJson } from '../../proto/json.js';
import { ApiClient } from '../io/api-client.js';
import { readConfig } from '../io/configuration.js';
import { type CliIo, printResult, textTable } from '../io/io.js';
import { type PageOptions, paged, pageQuery } from '../io/paging.js';
import { shortNodeId } from '../report/diff-table.js';

interface NodesOptions extends PageOptions {
  readonly tags?: readonly string[];
  readonly interval?: string;
  readonly match: string;
}

/** `qmtl nodes`: lists nodes of the graph, all or those a tag query matches. */
export function nodesCommand(io: CliIo): Command {
  return paged(new Command('nodes').description('list nodes of the global DAG'))
    .option('--tags <tag...>', 'only nodes with these tags, whose streams a tag query would read')
    .option('--interval <seconds>', 'with --tags: interval of the nodes (86400: one day)')
    .addOption(
      new Option('--match <mode>', 'with --tags: whether any or all must match')
        .choices(matchModes)
        .default('any'),
    )
    .action(async (_own: unknown, command: Command) => {
      const options = command.optsWithGlobals<NodesOptions>();
      const api = ApiClient.of(await readConfig(io, options), io);
      const page = await api.get(ListNodesResponseSchema, nodesPath(options));
      if (page === undefined) throw api.missing();
      printResult(io, options.output, toJson(ListNodesResponseSchema, page, answerJson), () =>
        nodesTable(page),
      );
    });
}

/** `qmtl queues`: lists queues of the graph with their topics. */
export function queuesCommand(io: CliIo): Command {
  return paged(new Command('queues').description('list queues of the global DAG and their topics')).action(
    async (_own: unknown, command: Command) => {
      const options = command.optsWithGlobals<PageOptions>();
      const api = ApiClient.of(await readConfig(io, options), io);
      const page = await api.get(
        ListStreamsResponseSchema,
        `/v1/dag-manager/streams?${pageQuery(options).toString()}`,
      );
      if (page === undefined) throw api.missing();
      printResult(io, options.output, toJson(ListStreamsResponseSchema, page, answerJson), () =>
        queuesTable(page),
      );
    },
  );
}

function nodesPath(options: NodesOptions): string {
  const query = pageQuery(options);
  const { tags, interval, match } = options;
  if (tags === undefined && interval === undefined) return `/v1/dag-manager/nodes?${query.toString()}`;
  if (tags === undefined || interval === undefined) {
    throw new QmtlError('E_USAGE', '--tags and --interval go together: a tag query reads one interval', {
      hint: 'for example: qmtl nodes --tags sp500 --interval 86400',
    });
  }
  query.set('tags', tags.join(','));
  query.set('match_mode', match);
  query.set('interval', interval);
  return `/v1/dag-manager/nodes/by-tags?${query.toString()}`;
}

function nodesTable(page: ListNodesResponse): string {
  if (page.nodes.length === 0) return 'no nodes';
  const rows = page.nodes.map(({ node, queues }) => [
    node?.name ?? '',
    node?.nodeType ?? '',
    node?.interval ?? 0,
    node?.period ?? 0,
    (node?.tags ?? []).join(' '),
    shortNodeId(node?.nodeId ?? ''),
    node !== undefined && isQuery(node) ? 'none, it queries' : topicsOf(queues),
  ]);
  return withCursor(
    textTable(['name', 'type', 'interval', 'period', 'tags', 'node id', 'topics'], rows),
    page.nextCursor,
  );
}

/** One that was collected has none. */
function topicsOf(queues: readonly Queue[]): string {
  return queues.flatMap(({ state, topic }) => (state === QueueState.COLLECTED ? [] : [topic])).join('\n');
}

function queuesTable(page: ListStreamsResponse): string {
  if (page.streams.length === 0) return 'no queues';
  const rows = page.streams.map((queue) => [
    queue.topic,
    QueueState[queue.state].toLowerCase(),
    queue.topicClass,
    queue.partitions,
    `${Number(queue.retentionMs) / 86_400_000} d`,
    queue.mismatches
      .map((mismatch) => `${mismatch.setting}: wanted ${mismatch.wanted}, has ${mismatch.actual}`)
      .join('\n'),
  ]);
  return withCursor(
    textTable(['topic', 'state', 'class', 'partitions', 'retention', 'differs'], rows),
    page.nextCursor,
  );
}

function withCursor(table: string, nextCursor: string): string {
  return nextCursor === '' ? table : `${table}\nmore: --cursor ${nextCursor}`;
}
