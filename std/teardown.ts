/** What was started, so that it is stopped again: last started first, each once. */
export class Teardown {
  readonly #stops: (() => Promise<void>)[] = [];

  add(stop: () => Promise<void>): void {
    this.#stops.push(stop);
  }

  /** Stops everything, also when one stop fails; the first failure is thrown at the end. */
  async run(): Promise<void> {
    const failures: unknown[] = [];
    for (const stop of this.#stops.splice(0).reverse()) {
      await stop().catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  }
}

/** Starts parts; what was started is stopped again when a later part fails. */
export async function startAll<T>(
  start: (teardown: Teardown) => Promise<T>,
): Promise<T & { close(): Promise<void> }> {
  const teardown = new Teardown();
  try {
    return { ...(await start(teardown)), close: () => teardown.run() };
  } catch (error) {
    // The reason why it did not start is the one to report.
    await teardown.run().catch(() => {});
    throw error;
  }
}
