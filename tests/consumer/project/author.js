import { isQmtlError, loadStrategy } from 'qmtl';
import { backtest } from 'qmtl/backtest';
import { connectClient } from 'qmtl/client';
import crossover from './strategy.js';

const result = await backtest(crossover);
const loaded = await backtest(await loadStrategy('strategy.js'));
const failure = await connectClient({ address: '127.0.0.1:1', namespace: 'default' }).catch((error) => error);
console.log(
  JSON.stringify({
    digests: [result.digest, loaded.digest],
    outputs: crossover.compile().outputs,
    isQmtlError: isQmtlError(failure),
    code: failure.code,
  }),
);
