import { Command } from 'commander';
import { QmtlError } from '../../domain/base/errors.js';
import { isNodeId, type NodeId } from '../../domain/base/ids.js';
import { parseNodeDocument } from '../../domain/dag/node-document.js';
import {
  canonicalNodeBytes,
  collisionNodeId,
  type HashedFields,
  hashNode,
  nodeIdAvoiding,
} from '../../domain/dag/node-id.js';
import { nodeIdHint, parseJson, readText } from '../io/input.js';
import { type CliIo, count, type GlobalOptions, printResult, textFields } from '../io/io.js';

interface NodeIdOptions extends GlobalOptions {
  readonly file: string;
  readonly existing?: readonly string[];
}

/** `qmtl node-id`: canonical bytes and NodeID of one node, to check other implementations against. */
export function nodeIdCommand(io: CliIo): Command {
  return new Command('node-id')
    .description('compute canonical bytes and NodeID of a node in JSON')
    .requiredOption('--file <file>', 'the node as JSON; - reads standard input')
    .option('--existing <id...>', 'ids of other nodes: shows the id after a collision')
    .action(async (_own: unknown, command: Command) => {
      const options = command.optsWithGlobals<NodeIdOptions>();
      const parsed = parseNodeDocument(parseJson(await readText(io, options.file), options.file), {
        dependencyIds: 'any',
      });
      if (!parsed.ok)
        throw new QmtlError(
          'E_SCHEMA_INVALID',
          `the node has ${count(parsed.problems.length + parsed.more, 'problem')}`,
          { problems: parsed.problems },
        );
      const base = hashNode(parsed.node);
      const nodeId = nodeIdAvoiding(parsed.node, takenIds(options.existing ?? []));
      const result = {
        canonical: canonicalNodeBytes(parsed.node),
        node_id: nodeId,
        ...(nodeId === base
          ? {}
          : { collides_with: base, collision_round: collisionRound(parsed.node, nodeId) }),
        ...(parsed.givenId === ''
          ? {}
          : { given_node_id: parsed.givenId, matches: parsed.givenId === nodeId }),
      };
      printResult(io, options.output, result, () => textFields(stringFields(result)));
    });
}

function takenIds(existing: readonly string[]): ReadonlySet<string> {
  const stranger = existing.find((id) => !isNodeId(id));
  if (stranger === undefined) return new Set(existing);
  throw new QmtlError('E_USAGE', `${stranger} is not a NodeID`, { hint: nodeIdHint });
}

/** The n of `|collision:n` in the hashed text of the id. */
function collisionRound(node: HashedFields, nodeId: NodeId): number {
  let round = 1;
  while (collisionNodeId(node, round) !== nodeId) round += 1;
  return round;
}

function stringFields(value: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, String(field)]));
}
