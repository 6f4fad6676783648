import type { ExecutionContext } from './execution-context.js';

/** The namespace of an execution context's queues. Two namespaces never share a queue. */
export interface Namespace {
  /** Stable key of the namespace in the graph, e.g. `world-1.live`. */
  readonly key: string;
  /** Prefix of topic names, with its trailing dot; '' = none. */
  readonly topicPrefix: string;
  /** Suffix of topic names: `_sim` for a dry run. */
  readonly topicSuffix: string;
}

export const namespacePolicies = ['world-domain', 'none'] as const;
/** `world-domain`: one set of topics per world and domain; `none`: one set of topics for all. */
export type NamespacePolicy = (typeof namespacePolicies)[number];

/**
 * The prefix of topic names, `world.domain`: lower case, every character but ASCII letters, digits, `_` and `-` replaced by `-`,
 * without `-` and `_` at either end of a part (docs/spec/topics.md#namespaces).
 *
 * Different worlds may share a prefix, but never a `Namespace.key`; `planTopic` keeps their topics apart.
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
 * The namespace of a context. Keys are unambiguous: a domain contains no dot, so the last dot of `world.domain` separates the two,
 * and keys without a dot belong to policy `none`.
 *
 * A context demoted by safe mode never shares queues with a real one (docs/spec/submission.md#safe-mode).
 */
export function resolveNamespace(context: ExecutionContext, policy: NamespacePolicy): Namespace {
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

/** Whether the queues of a namespace serve every world: only keys of policy `none` name no world. */
export function isGlobalNamespace(key: string): boolean {
  return !key.includes('.');
}

function suffixOf(context: ExecutionContext): string {
  return context.domain === 'dryrun' ? '_sim' : '';
}
