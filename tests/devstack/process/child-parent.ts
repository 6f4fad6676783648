/** A process that starts a child with `startChild`: node child-parent.ts GRACE_SECONDS ARGUMENTS_FOR_NODE... */
import { startChild } from '../../../devstack/process/child-process.js';

const [graceSeconds, ...args] = process.argv.slice(2);
const child = await startChild({
  command: process.execPath,
  args,
  env: process.env,
  graceSeconds: Number(graceSeconds),
});
process.on('SIGINT', () => {
  void child.stop().then(({ code }) => {
    console.log(`child ended with ${code}`);
    process.exit(0);
  });
});
