import { basename, dirname, extname, resolve } from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import { artifactsDocument } from '../../domain/artifacts/artifacts-document.js';
import { isQmtlError, QmtlError } from '../../domain/base/errors.js';
import { dagDocumentFromWire } from '../../proto/convert/dag.js';
import { DagSchema } from '../../proto/gen/qmtl/v1/dag_pb.js';
import { acceptedDagDocument } from '../../sdk/compile/checked-submission.js';
import { checkedStrategy } from '../../sdk/compile/define-strategy.js';
import { loadStrategy } from '../../sdk/compile/load-strategy.js';
import { isModuleFile, moduleTypes, shownExtension } from '../../sdk/compile/module-types.js';
import type { CompiledStrategy, Strategy } from '../../sdk/compile/strategy.js';
import { isPlainObject } from '../../std/json.js';
import { packageRoot } from '../../std/node/package-root.js';
import { parseJson, readBytes, readText, requireFile } from './input.js';
import type { CliIo } from './io.js';

/** The placement of a submission from options. An option wins over the file. */
export interface PlacementOptions {
  readonly world?: string;
  readonly domain?: string;
  readonly asOf?: string;
  readonly partition?: string;
  readonly strategy?: string;
  readonly label?: string;
}

/** A file given to `submit`, `diff` or `run`. */
export interface SubmissionFile {
  /** The input of `parseSubmission`. */
  readonly document: unknown;
  /** Only for a strategy module: a DAG alone cannot be run. */
  readonly compiled?: CompiledStrategy;
}

/** A strategy module, a DAG or whole submission in JSON (.json), or a qmtl.v1.Dag in binary protobuf (.binpb, .pb). */
export async function readSubmissionFile(
  io: CliIo,
  file: string,
  options: PlacementOptions,
): Promise<SubmissionFile> {
  await requireFile(io, file);
  if (isModuleFile(file)) {
    const compiled = (await loadModule(resolve(io.cwd, file), io.interrupted)).compile();
    return { compiled, document: strategyDocument(compiled, options) };
  }
  switch (extname(file)) {
    case '.json':
      return { document: fromJsonDocument(parseJson(await readText(io, file), file), file, options) };
    case '.binpb':
    case '.pb':
      return {
        document: placed({ dag: dagOfBytes(await readBytes(io, file), file) }, strategyIdOf(file), options),
      };
    default:
      throw new QmtlError('E_USAGE', `${file}: unknown file type ${shownExtension(file)}`, {
        hint: `give a strategy module (${moduleTypes}), a DAG in JSON (.json) or a qmtl.v1.Dag in protobuf (.binpb, .pb); in lower case`,
      });
  }
}

/**
 * A folder without qmtl installed is a newcomer's first obstacle. Installing this copy is one command, after which editors
 * and compilers find its types too; so the hint gives that command, instead of resolving the import silently.
 */
async function loadModule(path: string, signal: AbortSignal): Promise<Strategy> {
  try {
    return await loadStrategy(path, { signal });
  } catch (error) {
    if (!isQmtlError(error) || !/Cannot find (?:package|module) 'qmtl'/.test(error.message)) throw error;
    throw new QmtlError('E_STRATEGY_MODULE', `${shown(path)} imports qmtl, which is not installed there`, {
      hint: `install this copy: npm install --prefix ${shown(dirname(path))} ${packageRoot}`,
      cause: error,
    });
  }
}

/** Quoted where a shell would split or expand it. */
function shown(path: string): string {
  return /^[\w./@+-]+$/.test(path) ? path : `'${path}'`;
}

/** The submission document of a compiled strategy. */
export function strategyDocument(compiled: CompiledStrategy, options: PlacementOptions): unknown {
  const { id, version } = compiled.strategy;
  const checked = checkedStrategy(compiled);
  const content = { dag: acceptedDagDocument(checked), ...artifactsDocument(checked.artifacts) };
  return placed({ ...content, meta: { version } }, id, options);
}

function fromJsonDocument(value: unknown, file: string, options: PlacementOptions): unknown {
  if (isPlainObject(value) && 'dag' in value) return placed(value, undefined, options);
  return placed({ dag: value }, strategyIdOf(file), options);
}

function placed(
  document: Readonly<Record<string, unknown>>,
  defaultStrategy: string | undefined,
  options: PlacementOptions,
): unknown {
  const given = {
    strategy_id: options.strategy ?? ('strategy_id' in document ? undefined : defaultStrategy),
    world_id: options.world,
    execution_domain: options.domain,
    as_of: options.asOf,
    partition: options.partition,
    meta: options.label === undefined ? undefined : { version: options.label },
  };
  return {
    ...document,
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
  };
}

function strategyIdOf(file: string): string {
  return basename(file, extname(file)).toLowerCase();
}

function dagOfBytes(bytes: Uint8Array, file: string): unknown {
  try {
    return dagDocumentFromWire(fromBinary(DagSchema, bytes));
  } catch (cause) {
    throw new QmtlError('E_FILE', `${file} is not a qmtl.v1.Dag in binary protobuf`, {
      hint: 'proto/qmtl/v1/dag.proto is the contract',
      cause,
    });
  }
}
