import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../process/child-process.js';
import type { Environment } from '../process/progress.js';
import { stackStatus } from './control.js';
import { type PartName, partNames, readStackState, type StackPorts, stackPaths } from './folder.js';

export interface PartInventory {
  readonly part: PartName;
  readonly state: 'running' | 'starting' | 'ended' | 'down';
  /** Process id of the server itself. */
  readonly pid?: number;
  readonly port?: number;
  /** Resident memory of the part, bytes; absent where `ps` does not report it. */
  readonly memoryBytes?: number;
  /** Disk space of its data. */
  readonly dataBytes: number;
}

export interface StackInventory {
  readonly folder: string;
  /** The process that holds the stack; absent when there is none. */
  readonly pid?: number;
  readonly ports?: StackPorts;
  readonly parts: readonly PartInventory[];
}

/** The parts of a stack, whether it runs or not. */
export async function inventoryStack(folder: string, env: Environment): Promise<StackInventory> {
  const [status, kept] = [await stackStatus(folder), await readStackState(folder)];
  const processes = status === undefined ? [] : await listProcesses(env);
  const ports = status?.ports ?? kept?.ports;
  const parts: PartInventory[] = [];
  for (const part of partNames) {
    const found = status?.parts.find((candidate) => candidate.part === part);
    parts.push({
      part,
      state: found?.state ?? 'down',
      ...(ports === undefined ? {} : { port: ports[part] }),
      ...memoryOf(processes, found?.group),
      dataBytes: await bytesBelow(stackPaths(folder).data(part)),
    });
  }
  return {
    folder,
    ...(status === undefined ? {} : { pid: status.pid }),
    ...(ports === undefined ? {} : { ports }),
    parts,
  };
}

interface ProcessLine {
  readonly pid: number;
  readonly group: number;
  readonly bytes: number;
}

async function listProcesses(env: Environment): Promise<readonly ProcessLine[]> {
  const lines: string[] = [];
  await runCommand({
    command: 'ps',
    args: ['-A', '-o', 'pid=,pgid=,rss='],
    env,
    silentMsMax: 10_000,
    onLine: (line) => lines.push(line),
  });
  return parseProcesses(lines);
}

/** Reads `ps -o pid=,pgid=,rss=`, whose sizes are KiB. */
export function parseProcesses(lines: readonly string[]): readonly ProcessLine[] {
  return lines.flatMap((line) => {
    const [pid, group, kib] = line.trim().split(/\s+/).map(Number);
    const known = pid !== undefined && group !== undefined && kib !== undefined && !Number.isNaN(kib);
    return known ? [{ pid, group, bytes: kib * 1024 }] : [];
  });
}

/** The group is that of the guard; the server is the process with the most memory. */
function memoryOf(processes: readonly ProcessLine[], group: number | undefined) {
  const own = processes.filter((candidate) => candidate.group === group);
  const [server] = own.toSorted((a, b) => b.bytes - a.bytes);
  if (server === undefined) return {};
  return { pid: server.pid, memoryBytes: own.reduce((sum, { bytes }) => sum + bytes, 0) };
}

/** A file that is deleted meanwhile counts as 0. */
async function bytesBelow(path: string): Promise<number> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return 0;
  // Allocated blocks, since transaction logs and stores are sparse files.
  if (!found.isDirectory()) return found.blocks * 512;
  const names = await readdir(path).catch(() => []);
  const sizes = await Promise.all(names.map((name) => bytesBelow(join(path, name))));
  return sizes.reduce((sum, size) => sum + size, 0);
}
