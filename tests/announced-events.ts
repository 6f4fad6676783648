import { limits } from '../domain/base/limits.js';
import type { Outbox, UnsentEvent } from '../domain/ports/outbox.js';
import { sampleTime } from './submit-whole.js';

/** What a publisher would send next, and the fence it has: after all activations and changed sets have become events. */
export async function announcedEvents(
  store: Outbox,
  at = sampleTime,
): Promise<{ readonly fence: number; readonly events: readonly UnsentEvent[] }> {
  const fence = await store.takeOutbox(at);
  while ((await store.takeActivations(fence, limits.activationsBatchMax, at)) > 0);
  for (let now = at; ; now += limits.setAnnouncementPauseMs) {
    const { announced, dueAt } = await store.announceSets(fence, limits.setsBatchMax, now);
    if (announced === 0 && dueAt === undefined) break;
  }
  return { fence, events: await store.unsentEvents(fence, 100_000, limits.dagBytesMax, at) };
}

/** As a publisher that works: every event is taken as sent. Returns what was sent. */
export async function sendEverything(store: Outbox, at = sampleTime): Promise<readonly UnsentEvent[]> {
  const { fence, events } = await announcedEvents(store, at);
  await store.removeSent(
    fence,
    events.map(({ id }) => id),
  );
  return events;
}
