import { type DescMessage, fromBinary, type MessageShape, toBinary } from '@bufbuild/protobuf';
import { timestampMs } from '@bufbuild/protobuf/wkt';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { QmtlError } from '../../domain/base/errors.js';
import { limits } from '../../domain/base/limits.js';
import type { Receipt } from '../../domain/submissions/submission.js';
import { parseSubmission } from '../../domain/submissions/submission-document.js';
import { submissionTransitions } from '../../domain/submissions/submission-state.js';
import {
  knownGraphFromWire,
  nodeRecordToWire,
  strategyToWire,
  totalsToWire,
} from '../../proto/convert/graph.js';
import { problemsFromWire, problemsToWire } from '../../proto/convert/problems.js';
import {
  countsFromWire,
  countsToWire,
  queueMapEntryFromWire,
  queueMapEntryToWire,
  receiptFromWire,
  receiptToWire,
} from '../../proto/convert/receipt.js';
import {
  stateKindToWire,
  stateName,
  submitRequestDocument,
  submitRequestToWire,
} from '../../proto/convert/submission.js';
import { GraphTotalsSchema } from '../../proto/gen/qmtl/v1/api_pb.js';
import { NodeRecordSchema, StrategySchema } from '../../proto/gen/qmtl/v1/graph_pb.js';
import {
  BufferInstructionSchema,
  DiffClass,
  DiffCountsSchema,
  ExecutionDomain,
  ProblemListSchema,
  ReceiptSchema,
  SubmissionState,
  SubmitStrategyRequestSchema,
} from '../../proto/gen/qmtl/v1/submission_pb.js';
import { sampleSubmission } from '../samples.js';
import {
  nodeRecordArbitrary,
  problemArbitrary,
  receiptArbitrary,
  receiptNodeArbitrary,
  submissionArbitrary,
} from './domain-arbitrary.js';
import { isStateKind, sampleReceipt, sampleStrategy } from './domain-samples.js';

const call = { traceparent: '00-ab-cd-01', requestId: 'r1' };

function overTheWire<D extends DescMessage>(schema: D, message: MessageShape<D>): MessageShape<D> {
  return fromBinary(schema, toBinary(schema, message));
}

describe('values that are sent over the wire', () => {
  test('a submission keeps its content and id in every context', () => {
    fc.assert(
      fc.property(submissionArbitrary, (submission) => {
        const wire = overTheWire(SubmitStrategyRequestSchema, submitRequestToWire(submission, call));
        expect(wire).toMatchObject(call);
        expect(parseSubmission(submitRequestDocument(wire))).toEqual({ ok: true, submission });
      }),
    );
  });

  test('a receipt is read unchanged', () => {
    fc.assert(
      fc.property(receiptArbitrary, (receipt) => {
        expect(receiptFromWire(overTheWire(ReceiptSchema, receiptToWire(receipt)))).toEqual(receipt);
      }),
    );
  });

  test('an entry of a queue map is read unchanged', () => {
    fc.assert(
      fc.property(receiptNodeArbitrary, (entry) => {
        const wire = overTheWire(BufferInstructionSchema, queueMapEntryToWire(entry));
        expect(queueMapEntryFromWire(wire)).toEqual(entry);
      }),
    );
  });

  test('counts are read unchanged', () => {
    const counts = { reuse: 1, buffering: 2, new: 3 };
    expect(countsFromWire(overTheWire(DiffCountsSchema, countsToWire(counts)))).toEqual(counts);
    expect(countsFromWire(undefined)).toEqual({ reuse: 0, buffering: 0, new: 0 });
  });

  test('problems and the number of further ones are read unchanged', () => {
    fc.assert(
      fc.property(fc.array(problemArbitrary), fc.nat(1_000), (problems, more) => {
        const wire = overTheWire(ProblemListSchema, problemsToWire(problems, more));
        expect(problemsFromWire(wire)).toEqual(problems);
        expect(wire.more).toBe(more);
      }),
    );
    expect(problemsFromWire(undefined)).toEqual([]);
  });

  test('nodes of the API are read as far as a diff needs them', () => {
    fc.assert(
      fc.property(nodeRecordArbitrary, (record) => {
        const wire = overTheWire(NodeRecordSchema, nodeRecordToWire(record));
        const { nodes, queues } = knownGraphFromWire([wire], 'w1.live');
        const { node } = record;
        expect([...nodes]).toEqual([[node.nodeId, node]]);
        const queue = record.queues.find(({ namespace }) => namespace === 'w1.live');
        const names = [
          'topic',
          'state',
          'generation',
          'schemaHash',
          'bufferingSince',
          'bufferingHash',
        ] as const;
        const known = queue && {
          nodeId: node.nodeId,
          ...Object.fromEntries(names.flatMap((name) => (name in queue ? [[name, queue[name]]] : []))),
        };
        expect(queues.get(node.nodeId)).toEqual(known);
      }),
    );
  });

  test('a strategy and its versions are read unchanged', () => {
    const wire = overTheWire(StrategySchema, strategyToWire(sampleStrategy));
    const [version] = sampleStrategy.versions;
    const { committedAt, retiredAt, executionDomain: domain, ...fields } = wire.versions[0] ?? {};
    const times = {
      committedAt: committedAt && timestampMs(committedAt),
      retiredAt: retiredAt && timestampMs(retiredAt),
    };
    expect(wire).toMatchObject({ strategyId: sampleStrategy.strategyId, versions: { length: 1 } });
    expect({ ...fields, ...times, domain }).toMatchObject({ ...version });
  });

  test('the totals of a graph are read unchanged', () => {
    const totals = { nodes: 1, queues: 2, strategies: 3, sentinels: 4, outboxDepth: 5, outboxParked: 8 };
    const read = { ...totals, outboxOldestAt: 6, sentinelGaps: 7 };
    expect(overTheWire(GraphTotalsSchema, totalsToWire(read))).toMatchObject(totals);
  });
});

describe('a queue map', () => {
  const [entry] = sampleReceipt.nodes;
  const receiptOf = (entries: number): Receipt => ({
    ...sampleReceipt,
    nodes: Array.from({ length: entries }, () => entry ?? []).flat(),
    nodeCount: entries,
  });

  test('a queue map at the limit is sent with its receipt', () => {
    const wire = receiptToWire(receiptOf(limits.queueMapEntriesMax));
    expect(wire.queueMap).toHaveLength(limits.queueMapEntriesMax);
  });

  test('a queue map past the limit is left out, and the receipt has its length', () => {
    const wire = receiptToWire(receiptOf(limits.queueMapEntriesMax + 1));
    expect(wire).toMatchObject({ queueMap: [], queueMapSize: limits.queueMapEntriesMax + 1 });
    expect(receiptFromWire(wire)).toMatchObject({ nodes: [], nodeCount: limits.queueMapEntriesMax + 1 });
  });
});

describe('a message of another release', () => {
  test.each(['submissionId', 'strategyId', 'sentinelId', 'dagDigest'] as const)(
    'a message with a malformed %s is refused by name',
    (field) => {
      const wire = { ...receiptToWire(sampleReceipt), [field]: 'not an id of its kind!' };
      const name = field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
      expect(() => receiptFromWire(wire)).toThrow(QmtlError);
      expect(() => receiptFromWire(wire)).toThrow(`the message has no usable ${name}`);
    },
  );

  test('a message without a receipt is refused', () => {
    expect(() => receiptFromWire(undefined)).toThrow('the message has no usable receipt');
  });

  test('a message with an unset enum is refused', () => {
    const { context, queueMap, ...receipt } = receiptToWire(sampleReceipt);
    const unset =
      context === undefined ? {} : { context: { ...context, domain: ExecutionDomain.UNSPECIFIED } };
    expect(() => receiptFromWire({ ...receipt, queueMap, ...unset })).toThrow('no usable domain');
    for (const entry of queueMap) {
      const unclassed = { ...entry, diffClass: DiffClass.UNSPECIFIED };
      expect(() => queueMapEntryFromWire(unclassed)).toThrow('no usable diff_class');
    }
  });

  test('a message without a DAG becomes a document that the checks refuse', () => {
    const { dag, ...rest } = submitRequestToWire(sampleSubmission({ nodes: 1 }), call);
    expect(dag?.nodes).toHaveLength(1);
    expect(parseSubmission(submitRequestDocument(rest))).toMatchObject({
      ok: false,
      problems: [{ code: 'E_SCHEMA_INVALID', path: '/dag/nodes' }],
    });
  });

  test('a message that names an output twice is refused at the second one', () => {
    const wire = submitRequestToWire(sampleSubmission({ nodes: 2, outputs: { a: 0, b: 1 } }), call);
    for (const output of wire.dag?.outputs ?? []) output.name = 'a';
    expect(parseSubmission(submitRequestDocument(wire))).toMatchObject({
      ok: false,
      problems: [{ code: 'E_DUPLICATE', path: '/dag/outputs/1/name' }],
    });
  });

  test.each(['{"broken"', '', '5'])('a message with the wrong params %j is refused at the node', (params) => {
    const wire = submitRequestToWire(sampleSubmission({ nodes: 1 }), call);
    for (const node of wire.dag?.nodes ?? []) node.paramsCanon = params;
    expect(parseSubmission(submitRequestDocument(wire))).toMatchObject({
      ok: false,
      problems: [{ code: 'E_NODE_ID_MISMATCH', path: '/dag/nodes/0/node_id' }],
    });
  });
});

test.each(Object.keys(submissionTransitions).filter(isStateKind))(
  'the state %s has the same name on the wire',
  (kind) => {
    const state = stateKindToWire(kind);
    expect(state).not.toBe(SubmissionState.UNSPECIFIED);
    expect(stateName(state)).toBe(kind);
  },
);
