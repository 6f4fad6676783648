import { randomBytes } from 'node:crypto';
import { chmod, readFile, rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { z } from 'zod';
import { isQmtlError, QmtlError } from '../../domain/base/errors.js';
import { findErrno } from '../../std/node/errno.js';
import { makeFolder } from '../../std/node/make-folder.js';
import { type FileLock, lockHolder, tryLock } from '../process/file-lock.js';
import { untilFree, unusedPort } from '../process/free-port.js';
import { LineLog } from '../process/line-log.js';
import { describeFailure, type Environment, type Report } from '../process/progress.js';

/** In the order of stopping: workflows use topics and graph, so Temporal stops first. */
export const partNames = ['temporal', 'kafka', 'neo4j'] as const;
export type PartName = (typeof partNames)[number];

const port = z.int().min(1).max(65_535);
export const portsSchema = z.strictObject({
  neo4j: port,
  kafka: port,
  kafkaController: port,
  temporal: port,
  temporalUi: port,
});
export type StackPorts = z.output<typeof portsSchema>;
export type GivenPorts = { readonly [Name in keyof StackPorts]?: number | undefined };

/** Constant for the life of the data: clients and servers have stored these values. */
const stateSchema = z.strictObject({ version: z.literal(1), clusterId: z.string(), ports: portsSchema });
export type StackState = z.output<typeof stateSchema>;

/** A stack's folder, held by this process until `close()`. */
export interface StackFolder {
  readonly path: string;
  readonly state: StackState;
  readonly passwordFile: string;
  /** The password of Neo4j, generated for this folder. */
  readonly password: string;
  /** Aborted when another process has the folder. */
  readonly lost: AbortSignal;
  close(): Promise<void>;
}

/**
 * The folder of the user's stack: QMTL_STACK_DIR, else `qmtl/stack` in XDG_DATA_HOME, else `~/.local/share/qmtl/stack`. Not in
 * the cache folder, which may be emptied at any time.
 */
export function defaultStackFolder(env: Environment): string {
  if (env.QMTL_STACK_DIR) return resolve(env.QMTL_STACK_DIR);
  const xdg = env.XDG_DATA_HOME;
  const data = xdg !== undefined && isAbsolute(xdg) ? xdg : join(env.HOME || homedir(), '.local', 'share');
  return join(data, 'qmtl', 'stack');
}

/** The paths in a stack's folder. */
export function stackPaths(folder: string) {
  return {
    state: join(folder, 'stack.json'),
    lock: join(folder, 'stack.lock'),
    socket: join(folder, 'control.sock'),
    password: join(folder, 'neo4j-password'),
    data: (part: PartName) => join(folder, part),
    log: (part: PartName | 'stack') => join(folder, 'logs', `${part}.log`),
  };
}

/** The log of a part. A log that cannot be written is reported once. */
export function openPartLog(folder: string, part: PartName, report: Report): LineLog {
  const path = stackPaths(folder).log(part);
  return new LineLog(path, {
    onFault: (error) =>
      report({ kind: 'note', text: `the log ${path} cannot be written: ${describeFailure(error)}` }),
  });
}

/** Creates or opens the folder of a stack. Given ports replace the stored ones; the others are stored or unused ones. */
export async function openStackFolder(folder: string, given: GivenPorts = {}): Promise<StackFolder> {
  const paths = stackPaths(folder);
  await makeFolders(folder);
  const lock = await lockFolder(folder);
  try {
    const before = await readStackState(folder);
    const state = {
      version: 1,
      clusterId: before?.clusterId ?? newClusterId(),
      ports: await choosePorts(before?.ports, given),
    } as const;
    await untilAbandonedEnd(lock, state.ports);
    const password = await passwordOf(paths.password, before !== undefined);
    await writeWhole(paths.state, `${JSON.stringify(state, undefined, 2)}\n`);
    return {
      path: folder,
      state,
      passwordFile: paths.password,
      password,
      lost: lock.lost,
      close: () => lock.release(),
    };
  } catch (error) {
    await lock.release();
    throw isQmtlError(error) ? error : notWritable(folder, error);
  }
}

const endingMs = 180_000;

/** The servers of a killed stack notice that and end by themselves, a broker with many topics within a minute. */
export async function untilAbandonedEnd({ abandoned }: FileLock, ports: StackPorts): Promise<void> {
  if (abandoned) await untilFree(Object.values(ports), endingMs);
}

async function makeFolders(folder: string): Promise<void> {
  try {
    await makeFolder(join(folder, 'logs'), 0o700);
    await chmod(folder, 0o700);
  } catch (cause) {
    throw notWritable(folder, cause);
  }
}

function notWritable(folder: string, cause: unknown): QmtlError {
  return new QmtlError('E_FILE', `the stack's folder ${folder} cannot be used: ${describeFailure(cause)}`, {
    hint: 'choose another folder that you may write to, with 500 MB of free space',
    cause,
  });
}

/** Takes the folder of a stack: for all that changes it. */
export async function lockFolder(folder: string): Promise<FileLock> {
  const path = stackPaths(folder).lock;
  try {
    const lock = await tryLock(path);
    if (lock !== undefined) return lock;
  } catch (cause) {
    throw notWritable(folder, cause);
  }
  const holder = await lockHolder(path);
  throw new QmtlError('E_FILE', `another stack (process ${holder ?? 'unknown'}) uses ${folder}`, {
    hint: '`qmtl stack down` stops one in the background; or choose another folder',
  });
}

/** The stored state of a folder; undefined for a new one. */
export async function readStackState(folder: string): Promise<StackState | undefined> {
  const path = stackPaths(folder).state;
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (isAbsent(error)) return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const parsed = stateSchema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new QmtlError('E_FILE', `${path} was not written by this release`, {
    hint: '`qmtl stack reset --yes` deletes the data of the stack',
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function choosePorts(before: StackPorts | undefined, given: GivenPorts): Promise<StackPorts> {
  const known = [before, given].flatMap((ports) => Object.values(ports ?? {}));
  const taken = new Set(known.filter((number) => number !== undefined));
  const choose = async (name: keyof StackPorts): Promise<number> => {
    const kept = given[name] ?? before?.[name];
    if (kept !== undefined) return kept;
    const chosen = await unusedPort(taken);
    taken.add(chosen);
    return chosen;
  };
  return {
    neo4j: await choose('neo4j'),
    kafka: await choose('kafka'),
    kafkaController: await choose('kafkaController'),
    temporal: await choose('temporal'),
    temporalUi: await choose('temporalUi'),
  };
}

/** Like those of Kafka's own tool: 16 random bytes in URL-safe base64, without a leading dash. */
function newClusterId(): string {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0] ?? 0) & 0x7f;
  return bytes.toString('base64url');
}

async function passwordOf(path: string, hasData: boolean): Promise<string> {
  const there = await readFile(path, 'utf8').catch((error: unknown) => {
    if (isAbsent(error)) return '';
    throw error;
  });
  if (there.trim() !== '') return there.trim();
  if (hasData) {
    throw new QmtlError('E_FILE', `${path} is missing, but the data of Neo4j requires its password`, {
      hint: 'restore the file, or run `qmtl stack reset --yes`, which deletes the data of the stack',
    });
  }
  const password = randomBytes(18).toString('base64url');
  await writeWhole(path, `${password}\n`);
  return password;
}

/** Writes under a temporary name first, so that an existing file is complete. */
async function writeWhole(path: string, text: string): Promise<void> {
  const draft = `${path}.${process.pid}.draft`;
  await writeFile(draft, text, { mode: 0o600 });
  await rename(draft, path);
}

function isAbsent(error: unknown): boolean {
  return findErrno(error) === 'ENOENT';
}
