import { create } from '@bufbuild/protobuf';
import { errorCatalogue, isQmtlError } from '../domain/base/errors.js';
import type { GraphTotals } from '../domain/ports/graph-reads.js';
import { type DependencyStatus, DependencyStatusSchema } from '../proto/gen/qmtl/v1/api_pb.js';
import { withTimeLimit } from '../std/node/time-limit.js';
import { recentAnswer } from '../std/recent-answer.js';
import type { ApiDeps } from './deps.js';

/** A dependency without an answer in this time counts as unavailable; the health answer must stay quick. */
const probeMs = 300;

/** Requests within this time share one question to each dependency: counting the graph is work for its store. */
export const probeKeptMs = 1_000;

/** The same sources; what a probe asks is asked at most once per second, however many requests there are. */
export function withSharedProbes(deps: ApiDeps, now: () => number): ApiDeps {
  const { graph, topics, temporalHealth } = deps;
  return {
    ...deps,
    graph: { ...graph, totals: recentAnswer(() => graph.totals(), probeKeptMs, now) },
    topics: { ...topics, brokerCount: recentAnswer(() => topics.brokerCount(), probeKeptMs, now) },
    temporalHealth: recentAnswer(temporalHealth, probeKeptMs, now),
  };
}

export interface DependencyReport {
  readonly dependencies: readonly DependencyStatus[];
  /** Absent when the graph did not answer. */
  readonly totals?: GraphTotals;
}

/** Probes all stores and servers the API reads from, concurrently and each with a time limit. */
export async function probeDependencies({
  graph,
  topics,
  temporalHealth,
}: ApiDeps): Promise<DependencyReport> {
  const [totals, ...others] = await Promise.all([
    probe('graph', () => graph.totals()),
    probe('broker', () => topics.brokerCount()),
    probe('temporal', temporalHealth),
  ]);
  const dependencies = [totals, ...others].map(({ status }) => status);
  return totals.answer === undefined ? { dependencies } : { dependencies, totals: totals.answer };
}

interface Probed<T> {
  readonly status: DependencyStatus;
  /** Absent when it did not answer. */
  readonly answer?: T;
}

async function probe<T>(name: string, ask: () => Promise<T>): Promise<Probed<T>> {
  try {
    const answer = await withTimeLimit(probeMs, ask(), () => silent);
    return { status: create(DependencyStatusSchema, { name, ok: true }), answer };
  } catch (error) {
    return { status: create(DependencyStatusSchema, { name, ok: false, detail: detailOf(error) }) };
  }
}

const silent = new Error(`no answer in ${probeMs} ms`);

/** Not the message of a driver: it may contain an address or a password. */
function detailOf(error: unknown): string {
  if (error === silent) return silent.message;
  return isQmtlError(error) ? errorCatalogue[error.code].says : 'the probe failed';
}
