import { createHash } from 'node:crypto';
import { daily, place, recordsIn, run, walk } from './backtest-fixture.js';
import { busyStrategy } from './strategies.js';

/** Runs a strategy on empty topics and returns a digest of all its records: keys, headers, times and bytes. */
export async function busyOutputs() {
  const placed = await place(busyStrategy(daily(walk(1_000))));
  const report = await run(placed);
  const hash = createHash('sha256');
  let records = 0;
  for (const topic of [...placed.topics.values()].sort()) {
    hash.update(`${topic}\n`);
    for (const { key, value, timestamp, headers } of await recordsIn(placed.stores.log, topic)) {
      hash.update(`${key} ${timestamp} ${JSON.stringify(headers)} `).update(value ?? '');
      records += 1;
    }
  }
  return { digest: report.digest, outputs: hash.digest('hex'), records };
}

// Also runs as a separate process.
if (process.argv[2] === 'print') console.log(JSON.stringify(await busyOutputs()));
