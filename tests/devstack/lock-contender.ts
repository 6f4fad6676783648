import { once } from 'node:events';
import { tryLock } from '../../devstack/process/file-lock.js';

/** A process that, once it hears so, takes every lock named on its command line that is free, and says which it has. */
process.stdout.write('ready\n');
await once(process.stdin, 'data');
const taken: string[] = [];
for (const path of process.argv.slice(2)) {
  if ((await tryLock(path)) !== undefined) taken.push(path);
}
process.stdout.write(`${JSON.stringify(taken)}\n`);
// Its locks are those of a process that runs until the others are done, too.
await once(process.stdin, 'end');
process.exit();
