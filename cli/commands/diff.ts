import { Command } from 'commander';
import { inputReadings, type NodeCode } from '../../domain/artifacts/node-code.js';
import { limits } from '../../domain/base/limits.js';
import { resolveNamespace } from '../../domain/context/namespace.js';
import { diffDag, type KnownGraph } from '../../domain/dag/diff.js';
import { outputStreams } from '../../domain/submissions/queue-map.js';
import { planRegistration } from '../../domain/submissions/registration.js';
import type { Submission } from '../../domain/submissions/submission.js';
import { knownGraphFromWire } from '../../proto/convert/graph.js';
import { codeFromWire } from '../../proto/convert/stored-code.js';
import { moduleTypes } from '../../sdk/compile/module-types.js';
import { ApiClient } from '../io/api-client.js';
import { readConfig } from '../io/configuration.js';
import { readNewestNodes, readNodeCodes, readNodes } from '../io/graph-nodes.js';
import { type CliIo, type GlobalOptions, printResult } from '../io/io.js';
import { checkedPlacement, noteSafeMode, withPlacement } from '../io/placement-options.js';
import { type PlacementOptions, readSubmissionFile } from '../io/submission-file.js';
import {
  addedTagsText,
  type DiffLine,
  diffCounts,
  diffLines,
  diffTable,
  outputLines,
  outputsText,
} from '../report/diff-table.js';
import { type ExplainedNode, type NodeChange, nodeChange, nodeChangesText } from '../report/node-changes.js';

interface DiffOptions extends GlobalOptions, PlacementOptions {
  readonly code: boolean;
}

/** `qmtl diff FILE`: shows what submitting would reuse and create. Only reads. */
export function diffCommand(io: CliIo): Command {
  return withPlacement(new Command('diff'))
    .description('show what submitting a file would reuse and create; changes nothing')
    .argument('<file>', `strategy module (${moduleTypes}), DAG (.json) or qmtl.v1.Dag (.binpb)`)
    .option('--code', 'show what made the ids of new nodes differ from the newest version', false)
    .action(async (file: string, _own: unknown, command: Command) => {
      const options = command.optsWithGlobals<DiffOptions>();
      const { document } = await readSubmissionFile(io, file, options);
      const submission = checkedPlacement(document, options);
      const config = await readConfig(io, options);
      const namespace = resolveNamespace(submission.context, config.topics.namespace);
      const api = ApiClient.of(config, io);
      const known = await knownNodes(api, submission, namespace.key);
      const { draining, collisions } = diffDag(submission.dag, known);
      const plan = planRegistration(submission, namespace, known, () => undefined);
      const crowded = plan.kind === 'too-many-tags' ? plan.nodes : [];
      const queueMap = plan.kind === 'plan' ? plan.queueMap : [];
      const lines = diffLines(submission.dag.nodes, queueMap);
      const outputs = outputLines(outputStreams(submission.dag.outputs, queueMap));
      const changes = options.code ? await changesOf(api, submission, newNodes(lines)) : undefined;
      const result = {
        submission_id: submission.submissionId,
        nodes: lines,
        outputs,
        draining: draining.map((queue) => queue.topic),
        collisions: collisions.map((node) => node.nodeId),
        too_many_tags: crowded.map(({ nodeId }) => nodeId),
        ...(changes === undefined ? {} : { changes }),
      };
      noteSafeMode(io, submission.context);
      printResult(io, options.output, result, () => {
        const waits = result.draining.map(
          (topic) => `${topic} is being collected: submitting waits for that`,
        );
        const clashes = result.collisions.map((id) => `${id} belongs to other content in the graph`);
        const all = plan.kind === 'too-many-tags' ? [`submitting would add ${plan.added} tags`] : [];
        const full = crowded.map(
          ({ nodeId, held, missing }) =>
            `${nodeId} has ${held} tags in the graph and would get ${missing.length}: at most ${limits.nodeTagsTotalMax} are allowed`,
        );
        const table =
          plan.kind === 'plan'
            ? [diffTable(lines), diffCounts(lines), ...outputsText(outputs), ...addedTagsText(lines)]
            : [];
        const why = changes === undefined || changes.length === 0 ? [] : ['', nodeChangesText(changes)];
        return [...table, ...waits, ...clashes, ...all, ...full, ...why].join('\n');
      });
    });
}

async function knownNodes(api: ApiClient, submission: Submission, namespaceKey: string): Promise<KnownGraph> {
  const nodeIds = submission.dag.nodes.map((node) => node.nodeId);
  return knownGraphFromWire(await readNodes(api, nodeIds), namespaceKey);
}

function newNodes(lines: readonly DiffLine[]): ReadonlySet<string> {
  return new Set(lines.filter(({ diff }) => diff === 'new').map((line) => line.node_id));
}

/** Why the new nodes are not those of the same names in the newest version of the strategy. */
async function changesOf(
  api: ApiClient,
  submission: Submission,
  created: ReadonlySet<string>,
): Promise<readonly NodeChange[]> {
  const before = (await readNewestNodes(api, submission.strategyId)) ?? [];
  const specs = before.flatMap(({ node }) => (node === undefined ? [] : [node]));
  // A node that goes on is the predecessor of none, also when another one has its name.
  const current = new Set<string>(submission.dag.nodes.map(({ nodeId }) => nodeId));
  const gone = specs.filter(({ nodeId }) => !current.has(nodeId));
  const nodes = submission.dag.nodes.filter(({ nodeId }) => created.has(nodeId));
  const predecessors = new Map(nodes.map((spec) => [spec, gone.find(({ name }) => name === spec.name)]));
  const texts = await readNodeCodes(
    api,
    [...predecessors.values()].flatMap((found) => (found === undefined ? [] : [found.nodeId])),
  );
  const code = new Map(submission.artifacts.code.map((one) => [one.codeHash, one]));
  const schemas = new Map(submission.artifacts.schemas.map((one) => [one.schemaHash, one.fields]));
  return nodes.map((spec) => {
    const found = predecessors.get(spec);
    const stored = found === undefined ? undefined : texts.get(found.nodeId);
    const known =
      found === undefined
        ? undefined
        : explained(found, specs, stored?.code && codeFromWire(stored.code), stored?.fields);
    const fields = schemas.get(spec.schemaHash ?? '');
    return nodeChange(explained(spec, submission.dag.nodes, code.get(spec.codeHash), fields), known);
  });
}

/** `all`: the nodes of its version, which have the names of its upstreams. */
function explained(
  spec: ExplainedNode['spec'],
  all: readonly { readonly nodeId: string; readonly name?: string }[],
  code: NodeCode | undefined,
  fields: string | undefined,
): ExplainedNode {
  const names = new Map(all.map(({ nodeId, name }) => [nodeId, name]));
  return {
    spec,
    reads: spec.dependencies.map((nodeId) => names.get(nodeId) || nodeId),
    module: code?.text,
    readings: code === undefined ? undefined : inputReadings(code.inputs),
    fields: fields || undefined,
  };
}
