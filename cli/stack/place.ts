import { resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { defaultStackFolder } from '../../devstack/supervisor/folder.js';
import type { CliIo, GlobalOptions } from '../io/io.js';

/** Options of every stack command. */
export interface StackOptions extends GlobalOptions {
  readonly folder?: string;
}

export function withFolder(command: Command): Command {
  return command.option(
    '--folder <folder>',
    'folder of the stack (default: QMTL_STACK_DIR, else qmtl/stack in the data folder of the user)',
  );
}

export function findStackFolder(io: CliIo, { folder }: StackOptions): string {
  return folder === undefined ? defaultStackFolder(io.env) : resolve(io.cwd, folder);
}

export function parsePort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  throw new InvalidArgumentError('It must be a whole number, 1 … 65535.');
}
