import { access, constants, readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { visit } from 'jsonc-parser';
import { isQmtlError, QmtlError } from '../../domain/base/errors.js';
import { limits } from '../../domain/base/limits.js';
import { memberOf } from '../../sdk/nodes/foreign-value.js';
import { fileReason, findErrno } from '../../std/node/errno.js';
import { unlessInterrupted } from './interruption.js';
import type { CliIo } from './io.js';

/** The text of a file, or of standard input for `-`. */
export async function readText(io: CliIo, file: string): Promise<string> {
  if (file !== '-') return decodeText(await readBytes(io, file), file);
  return unlessInterrupted(io, io.stdin(), 'stopped while standard input was read', 'end it with Ctrl-D');
}

/** Refuses bytes that are not UTF-8: they would be replaced by another text. `name`: of the file, for messages. */
export function decodeText(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new QmtlError('E_FILE', `${name} is not UTF-8`, { hint: 'save it as UTF-8', cause });
  }
}

export async function readBytes(io: CliIo, file: string): Promise<Uint8Array> {
  const bytes = await readFile(resolve(io.cwd, file)).catch((cause: unknown) => {
    throw unreadable(file, cause);
  });
  if (bytes.length <= limits.dagBytesMax) return bytes;
  throw new QmtlError('E_LIMIT_EXCEEDED', `${file} has ${bytes.length} bytes, at most ${limits.dagBytesMax}`);
}

/** Parses JSON; a syntax error is reported with its position. */
export function parseJson(text: string, file: string): unknown {
  const name = file === '-' ? 'standard input' : file;
  try {
    const value: unknown = JSON.parse(text);
    refuseLossy(text, name);
    return value;
  } catch (cause) {
    if (isQmtlError(cause)) throw cause;
    throw new QmtlError('E_FILE', `${name} is not JSON: ${describeReason(cause)}`, {
      hint: 'check it with a JSON linter',
      cause,
    });
  }
}

/** Refuses what `JSON.parse` would change without a word: repeated names, and integers that a number cannot hold. */
function refuseLossy(text: string, file: string): void {
  const open: Set<string>[] = [];
  const refuse = (what: string, line: number, hint: string) => {
    throw new QmtlError('E_FILE', `${file}:${line + 1}: ${what}`, { hint });
  };
  visit(text, {
    onObjectBegin: () => void open.push(new Set()),
    onObjectEnd: () => void open.pop(),
    onObjectProperty: (name, _offset, _length, line) => {
      const names = open.at(-1);
      if (names?.has(name) === true)
        refuse(`${name} is named twice in one object`, line, 'remove one of them');
      names?.add(name);
    },
    onLiteralValue: (_value, offset, length, line) => {
      const written = text.slice(offset, offset + length);
      if (!/^-?\d+$/.test(written) || Number.isSafeInteger(Number(written))) return;
      refuse(`${written} is beyond the integers that a number can hold (2^53)`, line, 'write it as a string');
    },
  });
}

const permission = 'change its permissions, or choose another path';
const space = 'free some space, or choose another path';
const hints: ReadonlyMap<string | undefined, string> = new Map([
  ['EISDIR', 'give the path of a file'],
  ['EACCES', permission],
  ['EPERM', permission],
  ['EROFS', 'choose a path on a file system that can be written'],
  ['ENOSPC', space],
  ['EDQUOT', space],
  ['EMFILE', 'raise the limit of open files: ulimit -n'],
  ['ENFILE', 'close programs that keep many files open'],
  ['ELOOP', 'correct the links'],
  ['ENAMETOOLONG', 'choose a shorter path'],
]);

/** What to do about a failed file operation; `otherwise` when its code suggests nothing. */
export function fileHint(cause: unknown, otherwise: string): string {
  return hints.get(findErrno(cause)) ?? otherwise;
}

/** Refuses a path that cannot be a file to read. A missing file is reported by what reads it. */
export async function requireFile(io: CliIo, file: string): Promise<void> {
  if (file === '') throw new QmtlError('E_USAGE', 'the path of the file is empty', { hint: 'name a file' });
  const found = await stat(resolve(io.cwd, file)).catch((cause: unknown) => {
    if (findErrno(cause) === 'ENOENT') return undefined;
    throw unreadable(file, cause);
  });
  if (found?.isDirectory() === true)
    throw new QmtlError('E_FILE', `${file} cannot be read: it is a folder`, {
      hint: 'give the path of a file',
    });
  if (found === undefined) return;
  await access(resolve(io.cwd, file), constants.R_OK).catch((cause: unknown) => {
    throw unreadable(file, cause);
  });
}

function unreadable(file: string, cause: unknown): QmtlError {
  return new QmtlError('E_FILE', `${file} cannot be read: ${describeReason(cause)}`, {
    hint: fileHint(cause, 'check the path'),
    cause,
  });
}

/** Why a file operation failed, as readable text. */
export function describeReason(cause: unknown): string {
  return systemReason(cause) ?? (cause instanceof Error ? cause.message : String(cause));
}

/** The same for a failed system call; undefined for other errors. */
export function systemReason(cause: unknown): string | undefined {
  return memberOf(cause, 'syscall') === undefined ? undefined : fileReason(cause);
}

/** The hint for a malformed NodeID. */
export const nodeIdHint = 'a NodeID is blake3: and 64 hex digits, 128 after a collision';
