import { limits } from '../base/limits.js';

/** How a request for topics ended. */
export type RequestEnd = { readonly kind: 'answered'; readonly tookMs: number } | { readonly kind: 'failed' };

/** An answer within this time lets the next request be larger: a tenth of what one call may take (`bus/kafka/client.ts`). */
export const quickAnswerMs = 3_000;
/** After this the next request is smaller: a third of what one call may take. */
export const slowAnswerMs = 10_000;
/** A slow answer makes a request no smaller than this: what takes so long is the way to the brokers, which every request costs. */
export const slowRequestMin = 50;

/** A request for no more topics than this is not made smaller when it fails: the brokers are away, not slow. */
export const fewTopics = 10;

/** Topics of the next request: as many as the brokers answer for in time, at most `limits.topicsPerRequestMax`. */
export function nextRequestSize(size: number, end: RequestEnd): number {
  if (end.kind === 'failed') return Math.max(1, Math.floor(size / 4));
  if (end.tookMs <= quickAnswerMs) return Math.min(limits.topicsPerRequestMax, size * 2);
  return end.tookMs > slowAnswerMs ? Math.max(Math.min(size, slowRequestMin), Math.floor(size / 2)) : size;
}
