import { fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { QmtlError } from '../../domain/base/errors.js';
import { errorOf, type SupervisorSettings, stackEventSchema } from './protocol.js';

/**
 * Starts the process that holds a stack in the background; resolves when it takes commands.
 *
 * One process that holds three children, and not three detached servers with their ids in files: the guard of each child
 * ends it when that process is gone, however it went, so there is nothing half-started to find and clean up; an id in a
 * file may belong to another process by now; and someone has to bound the logs. It costs one more process of 60 MB.
 */
export async function startInBackground(settings: SupervisorSettings): Promise<void> {
  const compiled = fileURLToPath(new URL('./supervisor-main.js', import.meta.url));
  const fromSource = !existsSync(compiled);
  const child = fork(fromSource ? compiled.replace(/\.js$/, '.ts') : compiled, [], {
    // A group and session of its own: neither Ctrl-C nor the end of the terminal reaches it.
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
        if (event.kind === 'failed') reject(errorOf(event));
        else resolve();
      });
      child.send(settings);
    });
  } finally {
    if (child.connected) child.disconnect();
    child.unref();
  }
}
