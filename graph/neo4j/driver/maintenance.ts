import { setTimeout as pause } from 'node:timers/promises';
import type { Driver } from 'neo4j-driver';
import { findErrno } from '../../../std/node/errno.js';
import { type CypherInput, fromCypher, type Row, toCypher } from './cypher-value.js';
import { classifyFailure, toQmtlError } from './failure.js';

/** Long enough to fill the indexes of a large graph. */
const statementMs = 600_000;
const attemptsMax = 10;

/** When two processes create the same index at once, the second one finds it on its retry. */
const madeMeanwhile = /AlreadyExists$/;

/** Runs statements that set up the graph, each in a transaction of its own, without the time limits of other calls. */
export class Maintenance {
  readonly #driver: Driver;
  readonly #database: string | undefined;

  constructor(driver: Driver, database: string | undefined) {
    this.#driver = driver;
    this.#database = database;
  }

  async run(
    operation: string,
    text: string,
    parameters: Readonly<Record<string, CypherInput>> = {},
  ): Promise<readonly Row[]> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#once(text, parameters);
      } catch (error) {
        if (attempt === attemptsMax || !isWorthAnotherTry(error)) throw toQmtlError(error, operation);
        await pause(20 * attempt * (1 + Math.random()));
      }
    }
  }

  async #once(text: string, parameters: Readonly<Record<string, CypherInput>>): Promise<readonly Row[]> {
    const session = this.#driver.session(this.#database === undefined ? {} : { database: this.#database });
    const given = Object.fromEntries(
      Object.entries(parameters).map(([name, value]) => [name, toCypher(value)]),
    );
    try {
      const { records } = await session.executeWrite((tx) => tx.run(text, given), { timeout: statementMs });
      return records.map((record) =>
        Object.fromEntries(record.keys.map((name) => [String(name), fromCypher(record.get(name))])),
      );
    } finally {
      await session.close();
    }
  }
}

function isWorthAnotherTry(error: unknown): boolean {
  if (classifyFailure(error) === 'again') return true;
  return madeMeanwhile.test(findErrno(error) ?? '');
}
