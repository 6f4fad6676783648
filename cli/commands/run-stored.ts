import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { QmtlError } from '../../domain/base/errors.js';
import type { NodeId } from '../../domain/base/ids.js';
import { type NodeSpec, tagQueryNodeType } from '../../domain/dag/dag.js';
import type { Submission } from '../../domain/submissions/submission.js';
import { csv } from '../../sdk/nodes/csv.js';
import type { SourceData } from '../../sdk/nodes/node.js';
import { type LocalRun, runLocally } from '../../sdk/runner/local-run.js';
import type { RunControls } from '../../sdk/runner/run-bars.js';
import type { RunReport } from '../../sdk/runner/run-report.js';
import { storedStrategy } from '../../sdk/runner/stored-strategy.js';
import { ApiClient } from '../io/api-client.js';
import { trustedKeysOf } from '../io/code-keys.js';
import { readConfig } from '../io/configuration.js';
import type { CliIo, GlobalOptions } from '../io/io.js';
import { outputFile } from '../io/output-file.js';
import { readStoredNode, type SignedCode } from '../io/stored-node.js';
import { outputCsv } from '../report/output-csv.js';

export interface StoredRunOptions extends GlobalOptions {
  /** `SOURCE=FILE`, each. */
  readonly data: readonly string[];
  readonly csv?: string;
}

export interface StoredRun {
  readonly report: RunReport;
  readonly signed: readonly SignedCode[];
  /** Absolute path of the outputs. */
  readonly csv?: string;
}

/** Executes a node from what the graph stores of it: `qmtl run NODE-ID`. */
export async function runStored(
  io: CliIo,
  nodeId: NodeId,
  options: StoredRunOptions,
  onProgress: RunControls['onProgress'],
): Promise<StoredRun> {
  const config = await readConfig(io, options);
  const file = options.csv === undefined ? undefined : await outputFile(io, options.csv);
  const { submission, signed } = await readStoredNode(
    ApiClient.of(config, io),
    nodeId,
    await trustedKeysOf(config),
  );
  const data = dataBySource(io, submission, options.data);
  noteTagQueries(io, submission);
  const strategy = storedStrategy(submission, nodeId, (source) => data.get(source));
  const run: LocalRun = await runLocally(strategy, submission, config.topics.namespace, {
    signal: io.interrupted,
    onProgress,
  });
  const output = run.nodes.find((one) => one.nodeId === nodeId);
  if (output !== undefined) await file?.write(outputCsv(output));
  return { report: run.report, signed, ...(file === undefined ? {} : { csv: file.path }) };
}

/** Its streams belong to others, and a run on files has none of them. */
function noteTagQueries(io: CliIo, { dag }: Submission): void {
  const queries = dag.nodes.filter(({ nodeType }) => nodeType === tagQueryNodeType);
  if (queries.length === 0) return;
  io.note(`tag queries match nothing in a run on files: ${queries.map(titleOf).join(', ')}`);
}

/** The data of every source. All that is wrong with the options is said before anything runs. */
function dataBySource(
  io: CliIo,
  { dag }: Submission,
  given: readonly string[],
): ReadonlyMap<NodeSpec, SourceData> {
  const sources = dag.nodes.filter(
    ({ dependencies, nodeType }) => dependencies.length === 0 && nodeType !== tagQueryNodeType,
  );
  const data = new Map<NodeSpec, SourceData>();
  for (const text of given) {
    const at = text.lastIndexOf('=');
    const [name, file] = [text.slice(0, at), text.slice(at + 1)];
    const matching = sources.filter((source) => source.name === name || source.nodeId === name);
    const [source, ...others] = matching;
    if (at <= 0 || file === '' || source === undefined || others.length > 0 || data.has(source)) {
      throw new QmtlError('E_USAGE', `--data ${text} ${faultOf(at, file, matching)}`, {
        hint: `the sources are ${sources.map(titleOf).join(', ')}: --data NAME=FILE.csv, each once`,
      });
    }
    data.set(source, csv(pathToFileURL(resolve(io.cwd, file))));
  }
  const missing = sources.filter((source) => !data.has(source));
  if (missing.length === 0) return data;
  throw new QmtlError('E_USAGE', `the data of ${missing.map(titleOf).join(', ')} are missing`, {
    hint: `give ${missing.map(({ name, nodeId }) => `--data ${name ?? nodeId}=FILE.csv`).join(' ')}`,
  });
}

function faultOf(at: number, file: string, matching: readonly NodeSpec[]): string {
  if (at <= 0 || file === '') return 'is not NAME=FILE';
  if (matching.length === 0) return 'names no source';
  return matching.length === 1 ? 'is a second file of one source' : 'names several sources: use a NodeID';
}

function titleOf({ name, nodeId }: NodeSpec): string {
  return name === undefined ? nodeId : `${name} (${nodeId})`;
}
