import { Command } from 'commander';
import { QmtlError } from '../../domain/base/errors.js';
import { isNodeId, isWorldId } from '../../domain/base/ids.js';
import { type ExecutionContext, resolveContext } from '../../domain/context/execution-context.js';
import { namespacePolicies, resolveNamespace } from '../../domain/context/namespace.js';
import { versionLabel } from '../../domain/context/version-label.js';
import { isQuery } from '../../domain/dag/dag.js';
import { listTags } from '../../domain/dag/tag-query.js';
import { classifyTopic, topicSettings } from '../../domain/topics/topic.js';
import { topicCollisionKey } from '../../domain/topics/topic-name.js';
import { planTopic } from '../../domain/topics/topic-plan.js';
import { nodeIdHint } from '../io/input.js';
import { type CliIo, type GlobalOptions, printResult, textFields } from '../io/io.js';

interface TopicNameOptions extends GlobalOptions {
  readonly node: string;
  readonly type: string;
  readonly tags?: readonly string[];
  readonly label?: string;
  readonly world?: string;
  readonly domain?: string;
  readonly asOf?: string;
  readonly existing?: readonly string[];
}

/** `qmtl topic-name`: shows the topic a node would get, with its class and settings. */
export function topicNameCommand(io: CliIo): Command {
  return new Command('topic-name')
    .description('show the topic a new node would get')
    .requiredOption('--node <id>', 'NodeID')
    .requiredOption('--type <node_type>', 'node_type; determines the class')
    .option('--tags <tag...>', 'tags; the first usable one becomes the asset')
    .option('--label <version>', 'version label (default: v1)')
    .option('--world <id>', 'world; adds the prefix {world}.{domain}. to the name')
    .option('--domain <name>', 'execution domain or an alias', 'live')
    .option('--as-of <snapshot>', 'dataset snapshot; without one backtest and dryrun fall back to safe mode')
    .option('--existing <topic...>', 'topics of other nodes: shows the name after a collision')
    .action((_own: unknown, command: Command) => {
      const options = command.optsWithGlobals<TopicNameOptions>();
      const result = describeTopic(options);
      printResult(io, options.output, result, () => textFields(result));
    });
}

function describeTopic(options: TopicNameOptions) {
  const { node: nodeId, type: nodeType } = options;
  if (!isNodeId(nodeId))
    throw new QmtlError('E_USAGE', `${nodeId} is not a NodeID`, {
      hint: nodeIdHint,
    });
  if (isQuery({ nodeType }))
    throw new QmtlError('E_USAGE', `a ${nodeType} has no topic: it reads the streams of others`, {
      hint: 'name the type of a node that computes, or of a source',
    });
  const taken = new Set((options.existing ?? []).map(topicCollisionKey));
  const node = { nodeId, nodeType, tags: listTags(options.tags ?? []) };
  const context = contextOf(options);
  const [withWorld, without] = namespacePolicies;
  const namespace = resolveNamespace(context, options.world === undefined ? without : withWorld);
  const spec = planTopic(node, versionLabel(options.label), namespace, (key) =>
    taken.has(key) ? 'other' : undefined,
  );
  const topicClass = classifyTopic(nodeType);
  const settings = topicSettings[topicClass];
  return {
    topic: spec.topic,
    namespace: namespace.key,
    ...(context.downgradeReason === undefined ? {} : { safe_mode: context.downgradeReason }),
    class: topicClass,
    partitions: settings.partitions,
    replication_factor: settings.replicationFactor,
    retention_ms: settings.retentionMs,
    cleanup_policy: settings.cleanupPolicy,
  };
}

function contextOf({ world, domain, asOf }: TopicNameOptions): ExecutionContext {
  const worldId = world ?? 'any';
  if (!isWorldId(worldId))
    throw new QmtlError('E_USAGE', `${worldId} is not a world id`, {
      hint: 'use letters, digits, `.`, `_` and `-`',
    });
  return resolveContext({ worldId, domain, asOf });
}
