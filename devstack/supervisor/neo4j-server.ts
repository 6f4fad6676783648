import { totalmem } from 'node:os';
import { join } from 'node:path';
import { isQmtlError, QmtlError } from '../../domain/base/errors.js';
import { type JavaContext, type JavaEngine, prepareJava, startJavaEngine } from '../java/engine.js';
import type { JavaProgram } from '../java/program.js';
import type { Child } from '../process/child-process.js';
import { describeFailure, type Report } from '../process/progress.js';
import { openPartLog, type StackFolder, stackPaths } from './folder.js';

export const neo4jProgram = {
  called: 'the Neo4j server',
  size: '116 MB',
  profile: 'neo4j',
  version: '5.26.12',
  mainClass: 'Neo4jDev',
} as const satisfies JavaProgram;

export const neo4jUser = 'neo4j';

/** The launcher limits the page cache to 128 MB; the rest is the memory of the JVM itself. */
const heapMbMax = 1_024;
const heapMbMin = 512;

/** A commit of the largest submission holds half a gigabyte; the heap never takes more than a quarter of the machine. */
export function neo4jHeapMb(memoryMb: number): number {
  return Math.floor(Math.max(heapMbMin, Math.min(heapMbMax, memoryMb / 4)));
}

export function neo4jEngine({ path, state, passwordFile }: StackFolder, report: Report): JavaEngine {
  const { data } = stackPaths(path);
  return {
    program: neo4jProgram,
    heapMb: neo4jHeapMb(totalmem() / 1_024 / 1_024),
    // Neo4j's own start script opens these parts of the JDK.
    jvmArguments: [
      '--add-opens=java.base/java.nio=ALL-UNNAMED',
      '--add-opens=java.base/sun.nio.ch=ALL-UNNAMED',
    ],
    args: [data('neo4j'), String(state.ports.neo4j), passwordFile],
    cwd: join(path, 'logs'),
    log: openPartLog(path, 'neo4j', report),
  };
}

/** Starts Neo4j on the data of a stack's folder, with authentication, and resolves when it accepts queries. */
export async function startNeo4j(folder: StackFolder, context: JavaContext): Promise<Child> {
  const engine = neo4jEngine(folder, context.report);
  try {
    const command = await prepareJava(neo4jProgram, context);
    context.report({ kind: 'step', text: `starting Neo4j ${neo4jProgram.version}` });
    return await startJavaEngine(engine, command, context);
  } catch (cause) {
    context.signal?.throwIfAborted();
    if (isQmtlError(cause)) throw cause;
    throw new QmtlError('E_GRAPH_UNAVAILABLE', `Neo4j did not start: ${describeFailure(cause)}`, {
      hint: `see its log ${engine.log.path}`,
      cause,
    });
  }
}
