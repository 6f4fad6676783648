import { type DagDigest, isNodeId, type NodeId } from '../../../domain/base/ids.js';
import type { Dag } from '../../../domain/dag/dag.js';
import { dagText, hashDagText } from '../../../domain/dag/dag-digest.js';
import { parseDag } from '../../../domain/dag/dag-document.js';
import { isPlainObject } from '../../../std/json.js';
import { maybe, type Row, readInteger, readText } from '../driver/cypher-value.js';
import { otherForm, unreadable } from './stored-form.js';

/** The body of a DAG is its canonical text, which is what its digest covers. Another text gets the next number. */
const dagForm = 1;

export function toStoredDag(dag: Dag): { readonly body: string; readonly form: number } {
  return { body: dagText(dag), form: dagForm };
}

/** The DAG of a row of `{ body, form }`. Throws E_INTERNAL when it is of another form, or not what its digest says. */
export function readDag(row: Row, digest: DagDigest): Dag {
  const parsed = parseDag(readBody(row, digest));
  if (parsed.ok) return parsed.dag;
  const [problem] = parsed.problems;
  throw unreadable(`DAG ${digest}`, `is refused by this release: ${problem?.path} ${problem?.message}`);
}

/** The names in the DAG of a row of `{ body, form }`, without reading the rest of it. */
export function readNodeNames(row: Row, digest: DagDigest): ReadonlyMap<NodeId, string> {
  const body = readBody(row, digest);
  const nodes: readonly unknown[] = isPlainObject(body) && Array.isArray(body.nodes) ? body.nodes : [];
  return new Map(nodes.flatMap(namedNode));
}

function namedNode(node: unknown): (readonly [NodeId, string])[] {
  if (!isPlainObject(node) || typeof node.node_id !== 'string' || !isNodeId(node.node_id)) return [];
  return [[node.node_id, typeof node.name === 'string' ? node.name : '']];
}

/** The document, after its digest was verified. */
function readBody(row: Row, digest: DagDigest): unknown {
  const form = maybe(row, 'form', readInteger);
  if (form !== dagForm) throw unreadable(`DAG ${digest}`, otherForm(form, dagForm));
  const body = readText(row, 'body');
  if (hashDagText(body) !== digest) throw unreadable(`DAG ${digest}`, 'is not what its digest says');
  const document: unknown = JSON.parse(body);
  return document;
}
