import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { isQmtlError } from '../../domain/base/errors.js';
import type { GraphTotals } from '../../domain/ports/graph-reads.js';
import type { GraphStore } from '../../domain/ports/graph-store.js';
import type { TopicAdmin } from '../../domain/ports/topic-admin.js';
import { withTimeLimit } from '../../std/node/time-limit.js';

/** The Prometheus metrics of one process. */
export interface Metrics {
  /** Duration of a registration in milliseconds: look-up, diff and reservation. */
  diffTook(milliseconds: number): void;
  /** Topics the broker did not create, by the code of the error. */
  topicsNotCreated(code: string, topics: number): void;
  /** A signature of code was verified: `accepted`, or why not. */
  signatureVerified(outcome: string): void;
  /** A call to a store begins. */
  storeCallStarts(store: StoreName, operation: string): void;
  /** It has ended; `error` is the code of the failure. */
  storeCallEnds(store: StoreName, operation: string, seconds: number, error: string | undefined): void;
  /** The source of the graph's totals, read on each scrape. */
  readTotalsFrom(read: () => Promise<GraphTotals>): void;
  contentType: string;
  /** The exposition text. */
  text(): Promise<string>;
}

export type StoreName = 'neo4j' | 'kafka';

/** From a look-up in a cache to a large DAG on a busy graph; alerts use the bounds 80, 100 and 200. */
const diffBucketsMs = [1, 2, 5, 10, 20, 40, 80, 100, 200, 400, 800, 1_600, 5_000, 10_000];
const callBucketsSeconds = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** Several scrapers, and the gauges of one scrape, share one read of the graph. */
const totalsKeptMs = 1_000;
/** A scrape waits no longer for the graph, so that it shows the other metrics. */
export const totalsMs = 2_000;

export function processMetrics(version: string, processName: string, now: () => number): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: 'qmtl_build_info',
    help: 'Always 1; the labels identify the build',
    labelNames: ['version', 'process', 'node'],
    registers,
  }).set({ version, process: processName, node: process.version }, 1);
  const diff = new Histogram({
    name: 'diff_duration_ms',
    help: 'Registration of a submission: look-up, diff and reservation, milliseconds',
    buckets: diffBucketsMs,
    registers,
  });
  const notCreated = new Counter({
    name: 'queue_create_error_total',
    help: 'Topics the broker did not create',
    labelNames: ['code'],
    registers,
  });
  const signatures = new Counter({
    name: 'code_signature_verifications_total',
    help: 'Signatures of code that submissions brought, by what their verification found',
    labelNames: ['outcome'],
    registers,
  });
  const totals = new TotalsGauges(registers, now);
  return {
    diffTook: (milliseconds) => diff.observe(milliseconds),
    topicsNotCreated: (code, topics) => notCreated.inc({ code }, topics),
    signatureVerified: (outcome) => signatures.inc({ outcome }),
    ...storeCallMetrics(registers),
    readTotalsFrom: (read) => totals.readFrom(read),
    contentType: registry.contentType,
    text: () => registry.metrics(),
  };
}

function storeCallMetrics(registers: Registry[]): Pick<Metrics, 'storeCallStarts' | 'storeCallEnds'> {
  const durations = new Histogram({
    name: 'store_call_duration_seconds',
    help: 'Calls of the drivers of Neo4j and Kafka',
    labelNames: ['store', 'operation'],
    buckets: callBucketsSeconds,
    registers,
  });
  const inFlight = new Gauge({
    name: 'store_calls_in_flight',
    help: 'Calls to Neo4j and Kafka under way',
    labelNames: ['store', 'operation'],
    registers,
  });
  const errors = new Counter({
    name: 'store_call_errors_total',
    help: 'Failed calls of the drivers, per attempt',
    labelNames: ['store', 'operation', 'code'],
    registers,
  });
  return {
    storeCallStarts: (store, operation) => inFlight.inc({ store, operation }),
    storeCallEnds: (store, operation, seconds, error) => {
      inFlight.dec({ store, operation });
      durations.observe({ store, operation }, seconds);
      if (error !== undefined) errors.inc({ store, operation, code: error });
    },
  };
}

/** Gauges that are read from the graph on each scrape; without an answer they are absent, not stale. */
class TotalsGauges {
  readonly #now: () => number;
  #read: (() => Promise<GraphTotals>) | undefined;
  /** A read that may go on after its scrape. */
  #reading: Promise<GraphTotals> | undefined;
  #kept: { readonly until: number; readonly totals: Promise<GraphTotals | undefined> } | undefined;

  constructor(registers: Registry[], now: () => number) {
    this.#now = now;
    const gauges: readonly (readonly [string, string, (totals: GraphTotals) => number])[] = [
      ['compute_nodes_total', 'Committed nodes of the global DAG', ({ nodes }) => nodes],
      ['queues_total', 'Active and draining queues', ({ queues }) => queues],
      ['sentinel_gap_count', 'Committed versions without their sentinel', ({ sentinelGaps }) => sentinelGaps],
      ['outbox_depth', 'Control events that are not published yet', ({ outboxDepth }) => outboxDepth],
      ['outbox_parked', 'Control events that the bus refused for good', ({ outboxParked }) => outboxParked],
      ['outbox_oldest_age_seconds', 'Age of the oldest of them', (totals) => this.#oldestAge(totals)],
    ];
    for (const [name, help, read] of gauges) this.#define(registers, name, help, read);
  }

  #define(registers: Registry[], name: string, help: string, read: (totals: GraphTotals) => number): Gauge {
    const totals = () => this.#totals();
    return new Gauge({
      name,
      help,
      registers,
      async collect() {
        const found = await totals();
        // `reset` would show 0.
        if (found === undefined) this.remove();
        else this.set(read(found));
      },
    });
  }

  readFrom(read: () => Promise<GraphTotals>): void {
    this.#read = read;
    this.#reading = undefined;
    this.#kept = undefined;
  }

  #totals(): Promise<GraphTotals | undefined> {
    const read = this.#read;
    if (read === undefined) return Promise.resolve(undefined);
    if (this.#kept === undefined || this.#kept.until <= this.#now()) {
      this.#reading ??= this.#readOnce(read);
      const totals = withTimeLimit(totalsMs, this.#reading, () => new Error('the graph is late'));
      this.#kept = { until: this.#now() + totalsKeptMs, totals: totals.catch(() => undefined) };
    }
    return this.#kept.totals;
  }

  async #readOnce(read: () => Promise<GraphTotals>): Promise<GraphTotals> {
    try {
      return await read();
    } finally {
      this.#reading = undefined;
    }
  }

  #oldestAge({ outboxOldestAt }: GraphTotals): number {
    return outboxOldestAt === undefined ? 0 : Math.max(0, (this.#now() - outboxOldestAt) / 1_000);
  }
}

/** The metrics of the service level: the duration of a diff, and topics that were not created. */
export interface MeasuredStores {
  readonly graph: GraphStore;
  readonly topics: TopicAdmin;
}

/** The same stores; diffs are timed and failed topic creations counted. */
export function measured({ graph, topics }: MeasuredStores, metrics: Metrics): MeasuredStores {
  return {
    graph: {
      ...graph,
      register: async (request) => {
        const started = performance.now();
        const outcome = await graph.register(request);
        metrics.diffTook(performance.now() - started);
        return outcome;
      },
    },
    topics: {
      ...topics,
      create: async (specs, audit) => {
        try {
          const outcomes = await topics.create(specs, audit);
          const failed = outcomes.filter(({ kind }) => kind === 'failed').length;
          if (failed > 0) metrics.topicsNotCreated('E_TOPIC_REJECTED', failed);
          return outcomes;
        } catch (error) {
          metrics.topicsNotCreated(isQmtlError(error) ? error.code : 'E_INTERNAL', specs.length);
          throw error;
        }
      },
    },
  };
}
