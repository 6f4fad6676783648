import type { NodeSpec } from '../dag/dag.js';
import type { NodeCode } from './node-code.js';
import type { RecordSchema } from './record-schema.js';

/** What a submission brings beside its DAG, each text once. */
export interface Artifacts {
  readonly code: readonly NodeCode[];
  readonly schemas: readonly RecordSchema[];
}

/** A node that uses artifacts: what the graph compares with the node it holds. */
export type ArtifactUser = Pick<NodeSpec, 'nodeId' | 'codeHash' | 'schemaCompatId' | 'schemaHash'>;
