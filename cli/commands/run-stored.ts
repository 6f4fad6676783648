import { resolve } from 'node:path';
import { QmtlError } from '../../domain/base/errors.js';
import type { NodeId } from '../../domain/base/ids.js';
import { isQuery, type NodeSpec } from '../../domain/dag/dag.js';
import type { Submission } from '../../domain/submissions/submission.js';
import { sourceCodeHash } from '../../sdk/compile/identify-nodes.js';
import { csvAt } from '../../sdk/nodes/csv.js';
import type { SourceData } from '../../sdk/nodes/node.js';
import { type LocalRun, runLocally } from '../../sdk/runner/local-run.js';
import type { RunControls } from '../../sdk/runner/run-bars.js';
import type { RunReport } from '../../sdk/runner/run-report.js';
import { storedStrategy } from '../../sdk/runner/stored-strategy.js';
import { ApiClient } from '../io/api-client.js';
import { codeAudit } from '../io/code-audit.js';
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
  refuseOverwriting(io, options);
  const file = options.csv === undefined ? undefined : await outputFile(io, options.csv);
  const { submission, signed } = await readStoredNode(
    ApiClient.of(config, io),
    nodeId,
    await trustedKeysOf(config),
    codeAudit(config.code.audit_file, Date.now),
  );
  refuseQuery(submission, nodeId);
  const data = dataBySource(io, submission, options.data);
  noteTagQueries(io, submission);
  const strategy = storedStrategy(submission, nodeId, (source) => data.get(source));
  const run: LocalRun = await runLocally(strategy, submission, config.topics.namespace, {
    signal: io.interrupted,
    onProgress,
  });
  const output = run.nodes.find((one) => one.nodeId === nodeId);
  if (output !== undefined && file !== undefined) {
    const { text, renamed } = outputCsv(output);
    for (const [field, column] of renamed)
      io.note(`the field ${field} is in the column ${column}: ${field} is the column of the times of bars`);
    await file.write(text);
  }
  return { report: run.report, signed, ...(file === undefined ? {} : { csv: file.path }) };
}

function refuseOverwriting(io: CliIo, { csv: output, data }: StoredRunOptions): void {
  const path = output === undefined ? undefined : resolve(io.cwd, output);
  if (path === undefined || !data.some((text) => resolve(io.cwd, text.slice(text.indexOf('=') + 1)) === path))
    return;
  throw new QmtlError('E_USAGE', `--csv ${output} would overwrite the data of a source`, {
    hint: 'name another file',
  });
}

function refuseQuery({ dag }: Submission, nodeId: NodeId): void {
  const query = dag.nodes.find((node) => node.nodeId === nodeId && isQuery(node));
  if (query === undefined) return;
  throw new QmtlError('E_USAGE', `${titleOf(query)} is a tag query: it has no outputs of its own`, {
    hint: 'run a node that reads it: `qmtl nodes` lists them',
  });
}

/** Its streams belong to others, and a run on files has none of them. */
function noteTagQueries(io: CliIo, { dag }: Submission): void {
  const queries = dag.nodes.filter(isQuery);
  if (queries.length === 0) return;
  io.note(`tag queries match nothing in a run on files: ${queries.map(titleOf).join(', ')}`);
}

const fileHints = {
  path: 'check the path in --data: it is relative to the current folder',
  file: 'name a file in --data, not a folder',
  smaller: 'give a file with fewer bars',
};

/** The data of every source. All that is wrong with the options is said before anything runs. */
function dataBySource(
  io: CliIo,
  { dag }: Submission,
  given: readonly string[],
): ReadonlyMap<NodeSpec, SourceData> {
  const sources = dag.nodes.filter((node) => node.dependencies.length === 0 && !isQuery(node));
  const data = new Map<NodeSpec, SourceData>();
  for (const text of given) {
    const { matching, file } = split(text, sources);
    const [source, ...others] = matching;
    if (file === '' || source === undefined || others.length > 0 || data.has(source)) {
      throw new QmtlError('E_USAGE', `--data ${text} ${faultOf(text, file, matching)}`, {
        hint: `the sources are ${sources.map(titleOf).join(', ')}: give ${optionsFor(sources, sources)}, each once`,
      });
    }
    data.set(source, csvAt(resolve(io.cwd, file), fileHints));
  }
  const missing = sources.filter((source) => !data.has(source));
  if (missing.length === 0) return data;
  throw new QmtlError('E_USAGE', `the data of ${missing.map(titleOf).join(', ')} are missing`, {
    hint: `give ${optionsFor(missing, sources)}`,
  });
}

/** Options that name each of some sources, among all of them. */
function optionsFor(some: readonly NodeSpec[], all: readonly NodeSpec[]): string {
  return some.map((source) => `--data ${keyOf(source, all)}=FILE.csv`).join(' ');
}

/** Names and paths may contain `=`: the longest name of a source that fits counts. */
function split(text: string, sources: readonly NodeSpec[]) {
  const keys = sources.flatMap((source) => [source.nodeId, ...(isFeed(source) ? [source.name] : [])]);
  const [key = ''] = keys.filter((one) => text.startsWith(`${one}=`)).sort((a, b) => b.length - a.length);
  const matching = sources.filter(
    (source) => source.nodeId === key || (isFeed(source) && source.name === key),
  );
  return { matching, file: text.slice(key.length + 1) };
}

/** Whether the name of a source is that of its feed: it is not part of the id, so the first to submit it could choose any. */
function isFeed(source: NodeSpec): source is NodeSpec & { readonly name: string } {
  return source.name !== undefined && source.codeHash === sourceCodeHash(source.name);
}

function faultOf(text: string, file: string, matching: readonly NodeSpec[]): string {
  if (!text.includes('=') || file === '') return 'is not NAME=FILE';
  if (matching.length === 0) return 'names no source';
  return matching.length === 1
    ? 'is a second file of one source'
    : `names ${matching.length} sources of this name: use their NodeIDs`;
}

/** Its name where that is the name of one feed, else its NodeID. */
function keyOf(source: NodeSpec, all: readonly NodeSpec[]): string {
  const isOnly = all.filter(({ name }) => name === source.name).length === 1;
  return isOnly && isFeed(source) ? source.name : source.nodeId;
}

function titleOf({ name, nodeId }: NodeSpec): string {
  return name === undefined ? nodeId : `${name} (${nodeId})`;
}
