import { cachedClassPath, type JavaProgram } from '../java/program.js';
import { checkJava, checkJavaFetch } from '../java/tools.js';
import { cacheFolder } from '../process/cache-folder.js';
import type { Environment } from '../process/progress.js';
import { fixes } from '../process/tool.js';
import { inspectTemporal, type TemporalInspection } from '../temporal/inspect.js';
import type { PartName } from './folder.js';
import { kafkaProgram } from './kafka-server.js';
import { neo4jProgram } from './neo4j-server.js';

/** The finding of `qmtl doctor` about one part of the local stack. */
export interface PartFinding {
  readonly part: PartName;
  /** `now`: it starts at once; `after-fetch`: something is fetched first; `no`: it cannot be started here. */
  readonly ready: 'now' | 'after-fetch' | 'no';
  readonly detail: string;
  /** What to do if it cannot be started. */
  readonly hint?: string;
}

export interface InspectStackOptions {
  readonly env: Environment;
  readonly signal?: AbortSignal | undefined;
  /** Known findings about Temporal: without a network, finding them takes seconds. */
  readonly temporal?: TemporalInspection | undefined;
}

/** Whether each part of the local stack can be started here. Starts and fetches nothing. */
export async function inspectStack(options: InspectStackOptions): Promise<readonly PartFinding[]> {
  // A stack has its own server, independent of TEMPORAL_ADDRESS.
  const temporal =
    options.temporal ??
    (await inspectTemporal({ ...options, env: { ...options.env, TEMPORAL_ADDRESS: '' } }));
  return [
    temporalFinding(temporal),
    await javaFinding('kafka', kafkaProgram, options),
    await javaFinding('neo4j', neo4jProgram, options),
  ];
}

function temporalFinding({ needs }: TemporalInspection): PartFinding {
  const found = needs.find(({ need }) => need === 'visibility');
  if (found === undefined) return { part: 'temporal', ready: 'no', detail: 'no server is available' };
  const { need: _need, ...rest } = found;
  return { part: 'temporal', ...rest };
}

async function javaFinding(
  part: PartName,
  program: JavaProgram,
  { env, signal }: InspectStackOptions,
): Promise<PartFinding> {
  const java = await checkJava(env, signal);
  if (!java.usable) return cannot(part, java.why);
  const cached = await cachedClassPath(cacheFolder(env), program);
  const detail = `${program.version} on ${java.version}`;
  if (cached !== undefined) return { part, ready: 'now', detail: `${detail}, in the cache` };
  const tools = await checkJavaFetch(env);
  if (!tools.usable) return cannot(part, tools.why);
  return { part, ready: 'after-fetch', detail: `${detail}, fetched with Maven once` };
}

function cannot(part: PartName, why: string): PartFinding {
  return { part, ready: 'no', detail: why, hint: fixes.java };
}
