import { once } from 'node:events';
import { tryLock } from '../../../devstack/process/file-lock.js';

/** A process that, on a signal, takes every free lock named on its command line, and prints which it has. */
process.stdout.write('ready\n');
await once(process.stdin, 'data');
const taken: string[] = [];
for (const path of process.argv.slice(2)) {
  const lock = await tryLock(path);
  if (lock !== undefined) taken.push(lock.abandoned ? path : `${path} as a free lock`);
}
process.stdout.write(`${JSON.stringify(taken)}\n`);
// It runs until the others are done, so that its locks stay those of a running process.
await once(process.stdin, 'end');
process.exit();
