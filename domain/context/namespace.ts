import type { ExecutionContext } from './execution-context.js';

/** Where queues of one execution context live. Two namespaces never share a queue. */
export interface Namespace {
  /** Stable key of the namespace in the graph, e.g. `world-1.live`. */
  readonly key: string;
  /** Prepended to topic names, with its trailing dot; '' = none. */
  readonly topicPrefix: string;
  /** Appended to topic names: `_sim` for a dry run. */
  readonly topicSuffix: string;
}

export const namespacePolicies = ['world-domain', 'none'] as const;
/** `world-domain`: topics of each world and domain apart; `none`: one set of topics for all. */
export type NamespacePolicy = (typeof namespacePolicies)[number];

/**
 * `world.domain` as topic names begin: lower-case, other characters than ASCII letters, digits, `_` and `-` become `-`,
 * neither `-` nor `_` at either end (docs/spec/topics.md#namespaces).
 *
 * Different worlds may share a prefix; `Namespace.key` never does, and `planTopic` keeps their topics apart.
 */
export function namespacePrefix(world: string, domain: string): string {
  return `${prefixPart(world)}.${prefixPart(domain)}`;
}

function prefixPart(text: string): string {
  return text
    .trim()
    .toLowerCase()
    .replace(/[^a-z0-9_-]/gu, '-')
    .replace(/^[-_]+/, '')
    .replace(/[-_]+$/, '');
}

/**
 * Where the queues of a context live. Keys are distinct per namespace:
 * a domain has no dot, so `world.domain` reads one way, and keys without a dot are those of policy `none`.
 *
 * A context demoted by safe mode never shares queues with a real one (docs/spec/submission.md#safe-mode).
 */
export function namespaceOf(context: ExecutionContext, policy: NamespacePolicy): Namespace {
  const demoted = context.downgradeReason !== undefined;
  if (policy === 'world-domain') {
    const domain = demoted ? 'backtest-safe' : context.domain;
    return {
      key: `${context.worldId}.${domain}`,
      topicPrefix: `${namespacePrefix(context.worldId, domain)}.`,
      topicSuffix: suffixOf(context),
    };
  }
  if (demoted) return { key: 'safe-mode', topicPrefix: 'safe-mode.', topicSuffix: '' };
  const topicSuffix = suffixOf(context);
  return { key: `global${topicSuffix}`, topicPrefix: '', topicSuffix };
}

/** Whether queues of a namespace serve every world: its key, of policy `none`, names no world. */
export function isGlobalNamespace(key: string): boolean {
  return !key.includes('.');
}

function suffixOf(context: ExecutionContext): string {
  return context.domain === 'dryrun' ? '_sim' : '';
}
