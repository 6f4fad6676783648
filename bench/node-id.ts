import { Bench } from 'tinybench';
import { parseNodeDocument } from '../domain/dag/node-document.js';
import { type HashedFields, hashNode } from '../domain/dag/node-id.js';
import { makeDagDocument } from './dag-samples.js';
import type { Benchmark, Figure } from './report.js';

const batch = 1_000;
const runs = 7;

/** Typical nodes: params of five members, two upstreams, about 450 bytes of canonical form. */
export const nodeIdBenchmark: Benchmark = { name: 'node-id', measure };

async function measure(): Promise<readonly Figure[]> {
  const documents = makeDagDocument({ nodes: batch }).nodes;
  const nodes = documents.map(parsed);
  const hashed = await idsPerSecond(() => {
    for (const node of nodes) hashNode(node);
  });
  const whole = await idsPerSecond(() => {
    for (const document of documents) hashNode(parsed(document));
  });
  return [
    { what: 'NodeIDs of parsed nodes: canonical form and hash', unit: 'ids/s', values: hashed },
    { what: 'NodeIDs of JSON documents: read, checked, canonical form, hash', unit: 'ids/s', values: whole },
  ];
}

/** The mean rate of each run. */
async function idsPerSecond(batchOfIds: () => void): Promise<number[]> {
  const rates: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    const bench = new Bench({ time: 500, warmupTime: run === 0 ? 1_000 : 100 });
    bench.add('batch', batchOfIds);
    const [task] = await bench.run();
    if (task !== undefined && 'throughput' in task.result) rates.push(task.result.throughput.mean * batch);
  }
  return rates;
}

function parsed(document: object): HashedFields {
  const answer = parseNodeDocument(document, { dependencyIds: 'node-ids' });
  if (!answer.ok) throw new TypeError(`a sample node is not valid: ${JSON.stringify(answer.problems)}`);
  return answer.node;
}
