import { Command } from 'commander';
import type { PartName } from '../../devstack/supervisor/folder.js';
import {
  inventoryStack,
  type PartInventory,
  type StackInventory,
} from '../../devstack/supervisor/inventory.js';
import { type ErrorCode, QmtlError } from '../../domain/base/errors.js';
import { type CliIo, printResult, textTable } from '../io/io.js';
import { findStackFolder, type StackOptions, withFolder } from './place.js';

const mebibyte = 1024 * 1024;

/** `qmtl stack status`: exit code 0 means that every part runs. */
export function stackStatusCommand(io: CliIo): Command {
  return withFolder(new Command('status'))
    .description('show state, process, port, memory and data of each part; fails unless all are up')
    .action(async (_own: unknown, command: Command) => {
      const options = command.optsWithGlobals<StackOptions>();
      const inventory = await inventoryStack(findStackFolder(io, options), io.env);
      printResult(io, options.output, resultOf(inventory), () => tableOf(inventory));
      requireAllUp(inventory);
    });
}

function resultOf({ folder, pid, parts }: StackInventory) {
  return {
    folder,
    ...(pid === undefined ? {} : { pid }),
    up: parts.every(isUp),
    parts: parts.map(({ memoryBytes, dataBytes, ...rest }) => ({
      ...rest,
      ...(memoryBytes === undefined ? {} : { memory_bytes: memoryBytes }),
      data_bytes: dataBytes,
    })),
  };
}

function tableOf({ folder, pid, parts }: StackInventory): string {
  const table = textTable(
    ['part', 'state', 'pid', 'port', 'memory', 'data'],
    parts.map((part) => [
      part.part,
      part.state,
      part.pid ?? '',
      part.port ?? '',
      megabytes(part.memoryBytes),
      megabytes(part.dataBytes),
    ]),
  );
  const holder = pid === undefined ? 'nothing runs' : `held by process ${pid}`;
  return `${table}\n${holder}; folder ${folder}`;
}

function megabytes(bytes: number | undefined): string {
  return bytes === undefined ? '' : `${(bytes / mebibyte).toFixed(1)} MiB`;
}

function isUp({ state }: PartInventory): boolean {
  return state === 'running';
}

const codes = {
  temporal: 'E_TEMPORAL_UNAVAILABLE',
  kafka: 'E_BROKER_UNAVAILABLE',
  neo4j: 'E_GRAPH_UNAVAILABLE',
} as const satisfies Record<PartName, ErrorCode>;

function requireAllUp({ parts }: StackInventory): void {
  const down = parts.filter((part) => !isUp(part));
  const [first] = down;
  if (first === undefined) return;
  throw new QmtlError(codes[first.part], `not up: ${down.map(({ part }) => part).join(', ')}`, {
    hint: '`qmtl stack up` starts the missing parts; `qmtl stack logs` shows why they ended',
  });
}
