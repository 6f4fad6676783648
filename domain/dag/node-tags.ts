/**
 * Tags of nodes accumulate (docs/spec/submission.md#tags): they are not part of a NodeID, so several authors may bring one node with
 * different tags, and a tag that was given once is never withdrawn.
 */

/** The tags of `given` that `held` lacks, in the order given, each once. */
export function missingTags(held: readonly string[], given: readonly string[]): readonly string[] {
  const known = new Set(held);
  return given.filter((tag) => {
    if (known.has(tag)) return false;
    known.add(tag);
    return true;
  });
}

/** The tags that are held and then those that are added: what others read of the first ones stays as it is. */
export function joinedTags(held: readonly string[], given: readonly string[]): readonly string[] {
  const missing = missingTags(held, given);
  return missing.length === 0 ? held : [...held, ...missing];
}
