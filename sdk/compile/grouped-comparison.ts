import type { CapturedValues } from '../code/code-analysis.js';
import { type CaptureGroup, CaptureGroups } from '../code/shared-captures.js';

/** What was found for a group: whether it agrees with the program, and the numbers of its definitions that keep state. */
export interface ComparedGroup {
  readonly group: CaptureGroup;
  readonly agrees: boolean;
  readonly renewed: readonly number[];
}

/** Compares groups with the program, as far as there is something to compare. Undefined when it takes too long. */
export type CompareGroups = (groups: readonly CaptureGroup[]) => readonly ComparedGroup[] | undefined;

/**
 * The modules whose constants agree with the program, as far as that is found by comparing what many have in common once; the
 * others have to be compared by themselves. Undefined when it takes too long.
 */
export function agreeingTogether(
  all: readonly CapturedValues[],
  compare: CompareGroups,
): ReadonlySet<CapturedValues> | undefined {
  const groups = new CaptureGroups();
  const agreeing = new Set<CapturedValues>();
  // Some definitions keep state without showing it in their source: their modules are grouped once more, with regard to that.
  const uncertain = compared(all);
  return uncertain === undefined || compared(uncertain) === undefined ? undefined : agreeing;

  /** Returns those that belong to another group. */
  function compared(captured: readonly CapturedValues[]): readonly CapturedValues[] | undefined {
    const found = compare(groups.groupsOf(captured).filter(({ members }) => members.length > 1));
    return found?.flatMap(({ group, agrees, renewed }) => {
      const certain = new Set(groups.certain(group, renewed));
      if (agrees) for (const one of certain) agreeing.add(one);
      return group.members.filter((one) => !certain.has(one));
    });
  }
}
