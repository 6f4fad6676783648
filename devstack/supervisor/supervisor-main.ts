/** The process that holds a stack in the background; `startInBackground` starts it and sends the settings over IPC. */
import { onAbort } from '../../std/node/on-abort.js';
import { LineLog } from '../process/line-log.js';
import { stackPaths } from './folder.js';
import { failedEvent, type StackEvent, supervisorSettingsSchema } from './protocol.js';
import { startSupervisor } from './supervisor.js';

process.once('message', (message) => void supervise(message));

async function supervise(message: unknown): Promise<void> {
  const settings = supervisorSettingsSchema.parse(message);
  try {
    const supervisor = await startSupervisor({
      settings,
      log: new LineLog(stackPaths(settings.folder).log('stack')),
    });
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void supervisor.close());
    const { stack } = supervisor;
    // Not closed: by now the socket may be that of the next holder.
    onAbort(stack.lost, () => void stack.stop().finally(() => process.exit(1)));
    await tell({ kind: 'done' });
    await supervisor.closed;
  } catch (error) {
    await tell(failedEvent(error));
    process.exitCode = 1;
  }
  // The last answer must still be sent; nothing else keeps the process alive.
  if (process.connected) process.disconnect();
}

function tell(event: StackEvent): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined || !process.connected) resolve();
    else process.send(event, () => resolve());
  });
}
