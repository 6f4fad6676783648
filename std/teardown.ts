/** Started parts, each to be stopped once, in reverse order. */
export class Teardown {
  readonly #stops: (() => Promise<void>)[] = [];

  add(stop: () => Promise<void>): void {
    this.#stops.push(stop);
  }

  /** Stops everything, even when a stop fails; the first failure is thrown at the end. */
  async run(): Promise<void> {
    const failures: unknown[] = [];
    for (const stop of this.#stops.splice(0).reverse()) {
      try {
        await stop();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}

/** Starts parts; when one fails, those started before are stopped again. */
export async function startAll<T>(
  start: (teardown: Teardown) => Promise<T>,
): Promise<T & { close(): Promise<void> }> {
  const teardown = new Teardown();
  try {
    return { ...(await start(teardown)), close: () => teardown.run() };
  } catch (error) {
    // The failure to start is the one to report.
    await teardown.run().catch(() => {});
    throw error;
  }
}
