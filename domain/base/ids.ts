/**
 * Branded identifiers. Only a parse function, beside its check, or the function that builds the id gives a value its brand.
 */
declare const brand: unique symbol;
type Branded<T extends string> = string & { readonly [brand]: T };

/** `blake3:` and 64 hex digits, or 128 after a collision (docs/spec/identity.md#nodeid). */
export type NodeId = Branded<'NodeId'>;
/** An author's name for a strategy: `[a-z0-9][a-z0-9._-]*`. */
export type StrategyId = Branded<'StrategyId'>;
/** An isolated trading environment. */
export type WorldId = Branded<'WorldId'>;
/** `blake3:` and 64 hex digits over the content of a submission (docs/spec/identity.md#submission-ids). */
export type SubmissionId = Branded<'SubmissionId'>;
/** `{strategy}:{version}:{16 hex of the submission}`. */
export type SentinelId = Branded<'SentinelId'>;
/** `blake3:` and 64 hex digits over the canonical DAG. */
export type DagDigest = Branded<'DagDigest'>;
/** `blake3:` and 64 hex digits; key of every cache of computed values. */
export type ComputeKey = Branded<'ComputeKey'>;
/** The name of a Kafka topic, built or checked by QMTL. */
export type TopicName = Branded<'TopicName'>;

/** `text` with its brand, for functions that build ids. Throws TypeError when it is not an id of that kind. */
export function branded<T extends string>(text: string, is: (text: string) => text is T): T {
  if (is(text)) return text;
  throw new TypeError(`built ${JSON.stringify(text)}, which is not an id of its kind`);
}

const digestPrefix = 'blake3:';
/** Lengths of an id with 64 and with 128 hex digits. */
const digestChars = 71;
const longDigestChars = 135;
const namePattern = /^[a-z0-9][a-z0-9._-]{0,127}$/;
const worldPattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
const topicPattern = /^[A-Za-z0-9._-]{1,249}$/;

/** 0 for the characters of lower-case hex, 1 for others. */
const notHex = Uint8Array.from({ length: 256 }, (_, unit) =>
  /[0-9a-f]/.test(String.fromCharCode(unit)) ? 0 : 1,
);

/** Checks every dependency of every node: a table is three times as fast as a regular expression. */
function isDigest(text: string, chars: number): boolean {
  if (text.length !== chars || !text.startsWith(digestPrefix)) return false;
  let wrong = 0;
  for (let i = digestPrefix.length; i < chars; i += 1) {
    const unit = text.charCodeAt(i);
    wrong |= (notHex[unit & 0xff] ?? 1) | (unit >> 8);
  }
  return wrong === 0;
}

/** `blake3:` and 64 hex digits. */
export function isDigest256(text: string): boolean {
  return isDigest(text, digestChars);
}

export function isNodeId(text: string): text is NodeId {
  return isDigest(text, digestChars) || isDigest(text, longDigestChars);
}

export function isSubmissionId(text: string): text is SubmissionId {
  return isDigest(text, digestChars);
}

export function isDagDigest(text: string): text is DagDigest {
  return isDigest(text, digestChars);
}

export function isComputeKey(text: string): text is ComputeKey {
  return isDigest(text, digestChars);
}

export function isStrategyId(text: string): text is StrategyId {
  return namePattern.test(text);
}

export function isWorldId(text: string): text is WorldId {
  return worldPattern.test(text);
}

export function isSentinelId(text: string): text is SentinelId {
  return /^[a-z0-9][a-z0-9._-]*:[A-Za-z0-9._-]+:[0-9a-f]{16}$/.test(text);
}

export function isTopicName(text: string): text is TopicName {
  return topicPattern.test(text) && text !== '.' && text !== '..';
}
