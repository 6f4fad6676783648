import { parentPort } from 'node:worker_threads';
import { SeriesColumn } from '../nodes/column.js';
import { EvaluationError } from './evaluate-bars.js';
import { Evaluation } from './evaluation.js';
import type { ConstantsAnswer, EvaluationAnswer, EvaluationRequest, ModuleConstants } from './messages.js';
import { computeConstants } from './module-constants.js';
import { hardenRealm } from './realm.js';
import { bufferOf } from './tamed-globals.js';

/** The entry of the thread that executes author's code. It is hardened before the first module arrives. */
if (parentPort === null) throw new TypeError('the realm is a thread of a run');
const port = parentPort;
const globals = hardenRealm([SeriesColumn]);
let evaluation: Evaluation | undefined;
let modules: Evaluation['modules'] = new Map();

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
      evaluation = new Evaluation(request.plan, globals, modules);
      // The same strategy is often run again: its modules are compiled once.
      modules = evaluation.modules;
      send({ kind: 'opened' }, []);
      break;
    case 'evaluate': {
      if (evaluation === undefined) throw new TypeError('a plan is opened before buckets are evaluated');
      const bars = evaluation.evaluate(request.times);
      send({ kind: 'evaluated', bars }, [bufferOf(bars.counts), bufferOf(bars.values)]);
      break;
    }
    case 'constants':
      request.port.postMessage(constantsAnswer(request.modules));
      break;
    case 'close':
      evaluation = undefined;
  }
}

/** Author's errors are part of the answer; others are faults of this library, which the process that waits has to see. */
function constantsAnswer(asked: readonly ModuleConstants[]): ConstantsAnswer {
  try {
    return { computed: computeConstants(asked, globals) };
  } catch (error) {
    return { fault: String(error) };
  }
}

function send(message: EvaluationAnswer, transferred: readonly ArrayBuffer[]): void {
  port.postMessage(message, transferred);
}
