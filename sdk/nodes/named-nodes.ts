import { pointerSegment } from '../../std/json.js';
import type { DefinitionMembers } from './definition-members.js';
import { describeValue } from './foreign-value.js';
import { record } from './member-kinds.js';
import { isNode, type StreamNode } from './node.js';

/** What is said about a member that names nodes. */
export interface NodeNames {
  /** One of them, e.g. `input`. */
  readonly one: string;
  /** When there is none. */
  readonly none: string;
  readonly hint: string;
}

/** The nodes of a member such as `inputs`, by name. Other values are faults. */
export function namedNodes<D extends object>(
  members: DefinitionMembers<D>,
  member: keyof D & string,
  { one, none, hint }: NodeNames,
): Readonly<Record<string, StreamNode>> {
  const entries = Object.entries(members.optional(member, record('nodes', hint)) ?? {});
  if (entries.length === 0 && members.isSound(member)) members.note(`/${member}`, none, hint);
  const nodes = entries.flatMap(([name, value]) => {
    if (isNode(value)) return [[name, value] as const];
    const message = `${one} ${name} is ${describeValue(value)}, not a node`;
    const returned = 'pass the return value of source(), node() or tagQuery(), not a changed copy';
    members.note(`/${member}/${pointerSegment(name)}`, message, returned);
    return [];
  });
  return Object.freeze(Object.fromEntries(nodes));
}
