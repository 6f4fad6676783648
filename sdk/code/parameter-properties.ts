import type { Node } from 'oxc-parser';
import type { FunctionNode } from './syntax.js';
import { fieldAssignment, isSuperCall, type Tree } from './tree.js';

/** `constructor(private x)` assigns a field: after `super()`, or at the beginning. */
export function withFields(body: Tree, node: FunctionNode, tree: (node: Node) => Tree): Tree {
  const properties = node.params.flatMap((one) => (one.type === 'TSParameterProperty' ? [one] : []));
  if (properties.length === 0 || !Array.isArray(body.body)) return body;
  const fields = properties.map(({ parameter }) => {
    const id = parameter.type === 'AssignmentPattern' ? parameter.left : parameter;
    return { field: id.type === 'Identifier' ? id.name : '', value: tree(id) };
  });
  const statements: readonly Tree[] = body.body;
  const assigned = fields.map(({ field, value }) => fieldAssignment(field, value));
  const at = statements.findIndex(isSuperCall) + 1;
  return { ...body, body: [...statements.slice(0, at), ...assigned, ...statements.slice(at)] };
}
