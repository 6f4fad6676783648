import { fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { QmtlError } from '../../domain/base/errors.js';
import { type SupervisorSettings, stackEventSchema, toError } from './protocol.js';

/**
 * Starts the process that holds a stack in the background; resolves when it accepts commands.
 *
 * One process with three children, not three detached servers with their process ids in files: the guard of each child ends
 * it with that process, even after a crash, so nothing half-started is left; an id in a file may meanwhile belong to another
 * process; and the logs need a process that limits their size. It costs one more process of 60 MB.
 */
export async function startInBackground(settings: SupervisorSettings): Promise<void> {
  const compiled = fileURLToPath(new URL('./supervisor-main.js', import.meta.url));
  const fromSource = !existsSync(compiled);
  const child = fork(fromSource ? compiled.replace(/\.js$/, '.ts') : compiled, [], {
    // In its own process group and session: neither Ctrl-C nor closing the terminal reaches it.
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    execArgv: fromSource ? ['--import', 'tsx'] : [],
    env: settings.env,
  });
  try {
    await new Promise<void>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code) =>
        reject(new QmtlError('E_INTERNAL', `the process of the stack ended (${code})`)),
      );
      child.once('message', (message) => {
        const event = stackEventSchema.parse(message);
        if (event.kind === 'failed') reject(toError(event));
        else resolve();
      });
      child.send(settings);
    });
  } finally {
    if (child.connected) child.disconnect();
    child.unref();
  }
}
