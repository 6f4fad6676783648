import { setTimeout as delay } from 'node:timers/promises';
import neo4j, { type BookmarkManager, type Driver, type Session, type Transaction } from 'neo4j-driver';
import { pauseAfter } from '../../../std/growing-pause.js';
import { withTimeLimit } from '../../../std/node/time-limit.js';
import { type CypherInput, fromCypher, type Row, toCypher } from './cypher-value.js';
import { classifyFailure, tooSlow, toQmtlError } from './failure.js';
import type { Statement } from './statement.js';
import { timeBudget } from './time-budget.js';

/** Called for every call to the graph: at its start, and at its end with its duration and its error. */
export interface CallObserver {
  readonly onCallStart?: (operation: string) => void;
  readonly onCall?: (operation: string, seconds: number, error?: unknown) => void;
}

type Parameters = Readonly<Record<string, CypherInput>>;

/** An open transaction. Statements run in the order of the calls, without waiting for each other's rows. */
export interface GraphTransaction {
  run(statement: Statement, parameters: Parameters): Promise<readonly Row[]>;
  /** 1 for the first attempt; more when another writer was first. */
  readonly attempt: number;
  /** Rolls the transaction back at its end: for an answer that leaves the graph unchanged. */
  discard(): void;
}

type Work<T> = (tx: GraphTransaction) => Promise<T>;
type AccessMode = 'READ' | 'WRITE';

/** Runs transactions with explicit time limits; a call reads what earlier calls of this process wrote. */
export class Transactions {
  readonly #driver: Driver;
  readonly #database: string | undefined;
  readonly #observer: CallObserver;
  readonly #bookmarks: BookmarkManager = neo4j.bookmarkManager();

  constructor(driver: Driver, database: string | undefined, observer: CallObserver) {
    this.#driver = driver;
    this.#database = database;
    this.#observer = observer;
  }

  read<T>(operation: string, work: Work<T>): Promise<T> {
    return this.#call(operation, 'READ', work);
  }

  /**
   * `work` may run several times: it must have no effects outside the graph, and read everything again. `extraMs`: what its size adds to
   * the time of a call (`extraMsFor`).
   */
  write<T>(operation: string, work: Work<T>, extraMs = 0): Promise<T> {
    return this.#call(operation, 'WRITE', work, extraMs);
  }

  async #call<T>(operation: string, mode: AccessMode, work: Work<T>, extraMs = 0): Promise<T> {
    const started = performance.now();
    this.#observer.onCallStart?.(operation);
    const session = this.#driver.session({
      defaultAccessMode: mode,
      bookmarkManager: this.#bookmarks,
      ...(this.#database === undefined ? {} : { database: this.#database }),
    });
    try {
      const answerMs = timeBudget.answerMs + extraMs;
      const callMs = timeBudget.callMs + extraMs;
      const result = await withTimeLimit(answerMs, this.#untilDone(session, work, started, callMs), () =>
        tooSlow(operation, answerMs),
      );
      this.#observer.onCall?.(operation, secondsSince(started));
      return result;
    } catch (error) {
      const translated = toQmtlError(error, operation);
      this.#observer.onCall?.(operation, secondsSince(started), translated);
      throw translated;
    } finally {
      // A dead connection is discarded with the session; its error has no receiver any more.
      void session.close().catch(() => undefined);
    }
  }

  async #untilDone<T>(session: Session, work: Work<T>, started: number, callMs: number): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await once(session, work, attempt, callMs - (performance.now() - started));
      } catch (error) {
        const late = performance.now() - started > timeBudget.lastStartMs;
        if (late || classifyFailure(error) !== 'again') throw error;
        await pause(attempt);
      }
    }
  }
}

/** Begins without waiting for the answer: BEGIN and the first statement are sent together. */
async function once<T>(session: Session, work: Work<T>, attempt: number, leftMs: number): Promise<T> {
  // Rounded up: to the server 0 means "no limit".
  const tx = session.beginTransaction({ timeout: Math.max(Math.ceil(leftMs), 1) });
  let keep = true;
  const discard = () => {
    keep = false;
  };
  try {
    const result = await work({ run: (one, parameters) => rowsOf(tx, one, parameters), attempt, discard });
    await (keep ? tx.commit() : tx.rollback());
    return result;
  } catch (error) {
    // The first error counts, not that an ended transaction cannot be rolled back.
    if (tx.isOpen()) await tx.rollback().catch(() => undefined);
    throw error;
  }
}

async function rowsOf(
  tx: Pick<Transaction, 'run'>,
  { text }: Statement,
  parameters: Parameters,
): Promise<readonly Row[]> {
  const given = Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => [name, toCypher(value)]),
  );
  const { records } = await tx.run(text, given);
  return records.map((record) => {
    const row: Record<string, unknown> = {};
    for (const name of record.keys) row[String(name)] = fromCypher(record.get(name));
    return row;
  });
}

async function pause(attempt: number): Promise<void> {
  // Spread, so that writers that got in each other's way do not do so again.
  await delay(pauseAfter(timeBudget.pause, attempt) * (1 + Math.random()));
}

function secondsSince(started: number): number {
  return (performance.now() - started) / 1_000;
}
