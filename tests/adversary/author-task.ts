import type { Files } from './pair.js';

/** What a process is asked to do with a file that exports `compute`. */
export interface AuthorTask {
  readonly files: Files;
  readonly period: number;
  /** Bars of the history. */
  readonly bars: number;
  readonly wants: 'ids' | 'outputs' | 'outputs and live';
}

export interface Refusal {
  readonly phase: 'load' | 'compile' | 'run';
  /** Empty for an error that is not a QmtlError: the program of the author failed by itself. */
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

/** The same function called without QMTL, with the values before it threw. */
export interface LiveRun {
  readonly values: Float64Array;
  readonly threw?: string;
}

export interface AuthorAnswer {
  readonly nodeId?: string | undefined;
  readonly codeHash?: string | undefined;
  readonly values?: Float64Array | undefined;
  readonly refusal?: Refusal | undefined;
  readonly live?: LiveRun | undefined;
  /** Set instead of everything else when the process ended or did not answer. */
  readonly crash?: string;
}
