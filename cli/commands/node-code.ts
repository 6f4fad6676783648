import { resolve } from 'node:path';
import { Command } from 'commander';
import { QmtlError } from '../../domain/base/errors.js';
import { isNodeId, type NodeId } from '../../domain/base/ids.js';
import type { CheckedNode } from '../../sdk/compile/compile-strategy.js';
import { checkedStrategy } from '../../sdk/compile/define-strategy.js';
import { loadStrategy } from '../../sdk/compile/load-strategy.js';
import { moduleTypes } from '../../sdk/compile/module-types.js';
import { ApiClient } from '../io/api-client.js';
import { readConfig } from '../io/configuration.js';
import { type CliIo, type GlobalOptions, printResult, textTable } from '../io/io.js';
import { readStoredCode } from '../io/stored-node.js';

/** One node with the module that its id is computed from. */
interface NodeCode {
  readonly name: string;
  readonly node_id: string;
  /** `blake3:` and 64 hex digits: the hash of `text`. */
  readonly module: string;
  readonly text: string;
}

/** `qmtl node-code FILE [NODE]`, or `qmtl node-code NODE-ID`: the closed modules, which are what is hashed and executed. */
export function nodeCodeCommand(io: CliIo): Command {
  return new Command('node-code')
    .description('print what is hashed and executed of a node: its closed module')
    .argument('<file>', `strategy module (${moduleTypes}), or the NodeID of a node in the graph`)
    .argument('[node]', 'of a module: name or NodeID of a node; without it all nodes are listed')
    .action(async (file: string, node: string | undefined, _own: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const { output } = options;
      if (isNodeId(file)) {
        const stored = await storedCode(ApiClient.of(await readConfig(io, options), io), file, node);
        printResult(io, output, stored, () => stored.text.trimEnd());
        return;
      }
      const strategy = await loadStrategy(resolve(io.cwd, file), { signal: io.interrupted });
      const codes = checkedStrategy(strategy.compile()).nodes.flatMap(codeOf);
      if (node === undefined) {
        printResult(io, output, { nodes: codes }, () => listing(codes));
        return;
      }
      const found = codes.filter(({ name, node_id }) => name === node || node_id === node);
      const [only, ...more] = found;
      if (only === undefined) throw unknownNode(node, file, codes);
      if (more.length > 0) throw ambiguousNode(node, found);
      printResult(io, output, only, () => only.text.trimEnd());
    });
}

/** The code that the graph stores of a node. */
async function storedCode(api: ApiClient, nodeId: NodeId, other: string | undefined): Promise<NodeCode> {
  if (other !== undefined) {
    throw new QmtlError('E_USAGE', `${other} is one argument too many: ${nodeId} names the node`, {
      hint: 'give a NodeID, or a module and a node',
    });
  }
  const { name, code } = await readStoredCode(api, nodeId);
  if (code === undefined) {
    throw new QmtlError('E_CODE_REFUSED', `the graph does not have the code of ${nodeId}`, {
      hint: 'sources compute nothing; the code of other nodes comes with the next submission of their strategy',
    });
  }
  return { name, node_id: nodeId, module: code.moduleHash, text: code.text };
}

function codeOf({ node, nodeId, code }: CheckedNode): NodeCode[] {
  if (code === undefined) return [];
  return [{ name: node.name, node_id: nodeId, module: code.digest, text: code.text }];
}

function listing(codes: readonly NodeCode[]): string {
  return textTable(
    ['node', 'NodeID', 'module', 'bytes'],
    codes.map(({ name, node_id, module, text }) => [name, node_id, module, String(Buffer.byteLength(text))]),
  );
}

function unknownNode(node: string, file: string, codes: readonly NodeCode[]): QmtlError {
  return new QmtlError('E_USAGE', `${file} computes no node ${node}`, {
    hint: `it computes ${codes.map(({ name }) => name).join(', ') || 'nothing'}`,
  });
}

function ambiguousNode(node: string, found: readonly NodeCode[]): QmtlError {
  return new QmtlError('E_USAGE', `${found.length} nodes are named ${node}`, {
    hint: `give one of their NodeIDs: ${found.map(({ node_id }) => node_id).join(', ')}`,
  });
}
