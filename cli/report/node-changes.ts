import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff';
import type { InputReading } from '../../domain/artifacts/node-code.js';
import type { NodeSpec } from '../../domain/dag/dag.js';
import { shortNodeId } from './diff-table.js';

/** A node of a strategy, with what its hashes stand for as far as it is known. */
export interface ExplainedNode {
  readonly spec: Omit<NodeSpec, 'nodeId' | 'dependencies'> & {
    readonly nodeId: string;
    readonly dependencies: readonly string[];
  };
  /** Names of its upstreams, or their NodeIDs. */
  readonly reads: readonly string[];
  /** Its closed module; undefined when it is not stored, or computes nothing. */
  readonly module: string | undefined;
  /** How the module reads each upstream; undefined with `module`. */
  readonly readings: readonly InputReading[] | undefined;
  /** JSON text of its fields. */
  readonly fields: string | undefined;
}

/** Why a node is not the one of the same name in the version before. */
export interface NodeChange {
  readonly name: string;
  readonly node_id: string;
  /** NodeID in the version before; absent when no node had this name. */
  readonly before?: string;
  /** One sentence for each part of the id that differs. */
  readonly differs: readonly string[];
  /** Unified diff of the closed modules. */
  readonly code?: string;
}

/** What makes the id of `now` another one than that of `before`, the node of the same name. */
export function nodeChange(now: ExplainedNode, before: ExplainedNode | undefined): NodeChange {
  const { nodeId, name = '' } = now.spec;
  const about = { name, node_id: nodeId };
  if (before === undefined) {
    return { ...about, differs: ['the version before has no node of this name'] };
  }
  const patch = codePatch(now, before);
  return {
    ...about,
    before: before.spec.nodeId,
    differs: [...fieldChanges(now, before), ...readChanges(now, before), ...codeChanges(now, before)],
    ...(patch === undefined ? {} : { code: patch }),
  };
}

const compared = [
  ['nodeType', 'type'],
  ['interval', 'interval'],
  ['period', 'period'],
  ['paramsCanon', 'params'],
] as const;

function fieldChanges({ spec: now, fields }: ExplainedNode, before: ExplainedNode): string[] {
  const changes = compared.flatMap(([field, title]) =>
    now[field] === before.spec[field] ? [] : [`${title} was ${before.spec[field]}, and is ${now[field]}`],
  );
  if (now.schemaCompatId === before.spec.schemaCompatId) return changes;
  const known = fields !== undefined && before.fields !== undefined && fields !== before.fields;
  return [
    ...changes,
    known
      ? `fields were ${before.fields}, and are ${fields}`
      : `schema_compat_id was ${before.spec.schemaCompatId}, and is ${now.schemaCompatId}`,
  ];
}

/** By the names of inputs where the code of both is known: which node each of them reads, and which fields it can see there. */
function readChanges(now: ExplainedNode, before: ExplainedNode): string[] {
  const [current, former] = [inputsOf(now), inputsOf(before)];
  if (current === undefined || former === undefined) return upstreamChanges(now, before);
  const changes: string[] = [];
  for (const [input, { nodeId, title, fields }] of current) {
    const earlier = former.get(input);
    if (earlier === undefined) changes.push(`input ${input} is new, and reads ${title}`);
    else if (earlier.nodeId !== nodeId)
      changes.push(`input ${input} read ${earlier.title}, and reads ${title}`);
    if (earlier !== undefined && earlier.fields !== fields)
      changes.push(
        `the fields of input ${input} that its code can see were ${earlier.fields}, and are ${fields}`,
      );
  }
  const gone = [...former].filter(([input]) => !current.has(input));
  return [...changes, ...gone.map(([input, { title }]) => `input ${input}, which read ${title}, is gone`)];
}

interface ReadInput {
  readonly nodeId: string;
  /** Name and short id of the upstream. */
  readonly title: string;
  readonly fields: string;
}

/** By the names of inputs, sorted; undefined when the code is not known. */
function inputsOf({ spec, reads, readings }: ExplainedNode): ReadonlyMap<string, ReadInput> | undefined {
  if (readings === undefined) return undefined;
  const inputs = readings.flatMap(({ names, fields }, index) => {
    const nodeId = spec.dependencies[index] ?? '';
    const title = `${reads[index] ?? ''} (${shortNodeId(nodeId)})`;
    return names.map((name): [string, ReadInput] => [
      name,
      {
        nodeId,
        title,
        fields: fields === undefined ? 'those of its schema id' : fields.join(', ') || 'none',
      },
    ]);
  });
  return new Map(inputs.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Without the names of inputs. */
function upstreamChanges(now: ExplainedNode, before: ExplainedNode): string[] {
  const known = new Map(before.spec.dependencies.map((nodeId, index) => [nodeId, before.reads[index]]));
  const current = new Set(now.spec.dependencies);
  const added = now.spec.dependencies.flatMap((nodeId, index) =>
    known.has(nodeId) ? [] : [`${now.reads[index]} (${shortNodeId(nodeId)})`],
  );
  const removed = [...known].flatMap(([nodeId, name]) =>
    current.has(nodeId) ? [] : [`${name} (${shortNodeId(nodeId)})`],
  );
  if (added.length + removed.length === 0) return [];
  return [`it reads ${added.join(', ') || 'nothing new'}, and no longer ${removed.join(', ') || 'nothing'}`];
}

function codeChanges(now: ExplainedNode, before: ExplainedNode): string[] {
  if (now.spec.codeHash === before.spec.codeHash) return [];
  if (now.module === undefined || before.module === undefined) {
    return ['its code differs, and the graph does not have the code of the version before'];
  }
  // The code hash covers how inputs are read too; `readChanges` says what differs there.
  return now.module === before.module ? [] : ['its code differs (`qmtl node-code` prints it)'];
}

/** Changed lines after which a diff says nothing to a reader, and takes long to find. */
const changedLinesMax = 5_000;
/** Of a NodeID, in the header of a patch; only ASCII is written there as it is. */
const fileNameChars = 'blake3:'.length + 16;

/** Undefined when there is nothing to compare, or too much. */
function codePatch(now: ExplainedNode, before: ExplainedNode): string | undefined {
  if (now.module === undefined || before.module === undefined || now.module === before.module) {
    return undefined;
  }
  const [from = '', to = ''] = [before, now].map(({ spec }) => spec.nodeId.slice(0, fileNameChars));
  const options = { context: 2, maxEditLength: changedLinesMax, headerOptions: FILE_HEADERS_ONLY };
  return createTwoFilesPatch(from, to, before.module, now.module, undefined, undefined, options);
}

/** The changes as text. */
export function nodeChangesText(changes: readonly NodeChange[]): string {
  return changes
    .map(({ name, node_id, before, differs, code }) => {
      const title = before === undefined ? '' : `, was ${shortNodeId(before)}`;
      const lines = differs.map((line) => `  ${line}`);
      const patch =
        code === undefined
          ? []
          : code
              .trimEnd()
              .split('\n')
              .map((line) => `  ${line}`);
      return [`${name} ${shortNodeId(node_id)}${title}`, ...lines, ...patch].join('\n');
    })
    .join('\n\n');
}
