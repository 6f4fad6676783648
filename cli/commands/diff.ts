import { Command } from 'commander';
import { limits } from '../../domain/base/limits.js';
import { resolveNamespace } from '../../domain/context/namespace.js';
import { diffDag, type KnownGraph } from '../../domain/dag/diff.js';
import { planRegistration } from '../../domain/submissions/registration.js';
import type { Submission } from '../../domain/submissions/submission.js';
import { knownGraphFromWire } from '../../proto/convert/graph.js';
import { ListNodesResponseSchema } from '../../proto/gen/qmtl/v1/api_pb.js';
import type { NodeRecord } from '../../proto/gen/qmtl/v1/graph_pb.js';
import { moduleTypes } from '../../sdk/compile/module-types.js';
import { ApiClient } from '../io/api-client.js';
import { readConfig } from '../io/configuration.js';
import { type CliIo, type GlobalOptions, printResult } from '../io/io.js';
import { checkedPlacement, noteSafeMode, withPlacement } from '../io/placement-options.js';
import { type PlacementOptions, readSubmissionFile } from '../io/submission-file.js';
import { diffCounts, diffLines, diffTable } from '../report/diff-table.js';

/** `qmtl diff FILE`: shows what submitting would reuse and create. Only reads. */
export function diffCommand(io: CliIo): Command {
  return withPlacement(new Command('diff'))
    .description('show what submitting a file would reuse and create; changes nothing')
    .argument('<file>', `strategy module (${moduleTypes}), DAG (.json) or qmtl.v1.Dag (.binpb)`)
    .action(async (file: string, _own: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions & PlacementOptions>();
      const { document } = await readSubmissionFile(io, file, options);
      const submission = checkedPlacement(document, options);
      const config = await readConfig(io, options);
      const namespace = resolveNamespace(submission.context, config.topics.namespace);
      const known = await knownNodes(ApiClient.of(config, io), submission, namespace.key);
      const { draining, collisions } = diffDag(submission.dag, known);
      const plan = planRegistration(submission, namespace, known, () => undefined);
      const lines = diffLines(submission.dag.nodes, plan.kind === 'plan' ? plan.queueMap : []);
      const result = {
        submission_id: submission.submissionId,
        nodes: lines,
        draining: draining.map((queue) => queue.topic),
        collisions: collisions.map((node) => node.nodeId),
      };
      noteSafeMode(io, submission.context);
      printResult(io, options.output, result, () => {
        const waits = result.draining.map(
          (topic) => `${topic} is being collected: submitting waits for that`,
        );
        const clashes = result.collisions.map((id) => `${id} belongs to other content in the graph`);
        const table = plan.kind === 'plan' ? [diffTable(lines), diffCounts(lines)] : [];
        return [...table, ...waits, ...clashes].join('\n');
      });
    });
}

/** The graph's records of the nodes of a submission, read in pages of ids. */
async function knownNodes(api: ApiClient, submission: Submission, namespaceKey: string): Promise<KnownGraph> {
  const ids = submission.dag.nodes.map((node) => node.nodeId);
  const records: NodeRecord[] = [];
  for (let from = 0; from < ids.length; from += limits.idsPerReadMax) {
    const query = new URLSearchParams({ ids: ids.slice(from, from + limits.idsPerReadMax).join(',') });
    const page = await api.get(ListNodesResponseSchema, `/v1/dag-manager/nodes?${query.toString()}`);
    if (page === undefined) throw api.missing();
    records.push(...page.nodes);
  }
  return knownGraphFromWire(records, namespaceKey);
}
