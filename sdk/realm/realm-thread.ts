import { parentPort } from 'node:worker_threads';
import { SeriesColumn } from '../nodes/column.js';
import { EvaluationError } from './evaluate-bar.js';
import { Evaluation } from './evaluation.js';
import type { EvaluationAnswer, EvaluationRequest } from './messages.js';
import { hardenRealm } from './realm.js';
import { bufferOf } from './tamed-globals.js';

/** The entry of the thread that executes author's code. It is hardened before the first module arrives. */
if (parentPort === null) throw new TypeError('the realm is a thread of a run');
const port = parentPort;
const globals = hardenRealm([SeriesColumn]);
let evaluation: Evaluation | undefined;

port.on('message', (request: EvaluationRequest) => {
  try {
    answer(request);
  } catch (error) {
    // Other errors are faults of this library: they end the thread, and reach the author's process as its error.
    if (!(error instanceof EvaluationError)) throw error;
    send({ kind: 'failed', fault: error.fault }, []);
  }
});

function answer(request: EvaluationRequest): void {
  switch (request.kind) {
    case 'open':
      evaluation = new Evaluation(request.plan, globals);
      send({ kind: 'done', streams: [] }, []);
      break;
    case 'evaluate': {
      const streams = evaluation?.evaluate(request.times) ?? [];
      const buffers = streams.flatMap(({ times, values, unwritten }) => [times, values, unwritten]);
      send(
        { kind: 'done', streams },
        buffers.map((one) => bufferOf(one)),
      );
      break;
    }
    case 'close':
      evaluation = undefined;
  }
}

function send(message: EvaluationAnswer, transferred: readonly ArrayBuffer[]): void {
  port.postMessage(message, transferred);
}
