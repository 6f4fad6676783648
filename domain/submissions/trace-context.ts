/**
 * Whether a text is '' or a `traceparent` of W3C Trace Context, version 00 (level 1, section 3.2). It travels with every event of
 * a submission, so nothing else may take its place.
 */
export function isTraceparent(text: string): boolean {
  if (text === '') return true;
  const [, traceId = '', parentId = ''] = /^00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$/.exec(text) ?? [];
  return /[1-9a-f]/.test(traceId) && /[1-9a-f]/.test(parentId);
}
