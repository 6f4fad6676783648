import { create } from '@bufbuild/protobuf';
import { errorCatalogue, QmtlError } from '../../domain/errors.js';
import { totalsToWire } from '../../proto/convert.js';
import {
  type DependencyStatus,
  DependencyStatusSchema,
  StatusResponseSchema,
} from '../../proto/gen/qmtl/v1/api_pb.js';
import { noQuery } from '../query.js';
import { type ApiRoute, route } from '../route.js';
import { within } from '../within.js';

/** A dependency that says nothing for so long counts as away; the answer itself must stay quick. */
const probeMs = 300;

export const statusRoutes: readonly ApiRoute[] = [
  route({
    path: '/status',
    summary: 'Health: each dependency is asked with a time limit',
    response: StatusResponseSchema,
    query: noQuery,
    read: async ({ graph, topics, temporalHealth, version, profile }) => {
      const [totals, ...others] = await Promise.all([
        probe('graph', () => graph.totals()),
        probe('broker', () => topics.brokerCount()),
        probe('temporal', temporalHealth),
      ]);
      const dependencies = [totals, ...others].map(({ status }) => status);
      return create(StatusResponseSchema, {
        status: dependencies.every(({ ok }) => ok) ? 'ok' : 'degraded',
        version,
        profile,
        dependencies,
        ...(totals.answer === undefined ? {} : { totals: totalsToWire(totals.answer) }),
      });
    },
  }),
];

interface Probed<T> {
  readonly status: DependencyStatus;
  /** Absent when it did not answer. */
  readonly answer?: T;
}

async function probe<T>(name: string, ask: () => Promise<T>): Promise<Probed<T>> {
  try {
    const answer = await within(probeMs, ask(), () => silent);
    return { status: create(DependencyStatusSchema, { name, ok: true }), answer };
  } catch (error) {
    return { status: create(DependencyStatusSchema, { name, ok: false, detail: detailOf(error) }) };
  }
}

const silent = new Error(`no answer in ${probeMs} ms`);

/** A driver's own words may hold an address or a password. */
function detailOf(error: unknown): string {
  if (error === silent) return silent.message;
  return error instanceof QmtlError ? errorCatalogue[error.code].says : 'it fails';
}
