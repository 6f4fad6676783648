import { QmtlError } from '../../domain/base/errors.js';

/**
 * Tables with transactions: every write records how to undo it, and a transaction that throws is undone completely.
 * Transactions are synchronous and therefore serialisable on one JavaScript thread.
 */
export class Journal {
  #undo: (() => void)[] | undefined;

  /** Runs `work` as one transaction. */
  transaction<T>(work: () => T): T {
    if (this.#undo !== undefined) throw new QmtlError('E_INTERNAL', 'transactions do not nest');
    const undo: (() => void)[] = [];
    this.#undo = undo;
    try {
      return work();
    } catch (error) {
      for (const step of undo.reverse()) step();
      throw error;
    } finally {
      this.#undo = undefined;
    }
  }

  note(undo: () => void): void {
    if (this.#undo === undefined) throw new QmtlError('E_INTERNAL', 'a write outside a transaction');
    this.#undo.push(undo);
  }
}

/** Rows by unique key. Rows are replaced, never changed in place. */
export class Table<K, V> {
  readonly #journal: Journal;
  readonly #name: string;
  readonly #rows = new Map<K, V>();
  #sortedKeys: K[] | undefined;

  constructor(journal: Journal, name: string) {
    this.#journal = journal;
    this.#name = name;
  }

  get size(): number {
    return this.#rows.size;
  }

  get(key: K): V | undefined {
    return this.#rows.get(key);
  }

  values(): IterableIterator<V> {
    return this.#rows.values();
  }

  /** Keys in order of insertion. */
  keys(): IterableIterator<K> {
    return this.#rows.keys();
  }

  /** Keys in ascending order. */
  sortedKeys(): readonly K[] {
    this.#sortedKeys ??= [...this.#rows.keys()].sort((a, b) => (a < b ? -1 : 1));
    return this.#sortedKeys;
  }

  /** Adds a row; a second row with the key breaks the uniqueness constraint. */
  insert(key: K, row: V): void {
    if (this.#rows.has(key)) throw new QmtlError('E_CONTENDED', `${this.#name} already has ${String(key)}`);
    this.set(key, row);
  }

  set(key: K, row: V): void {
    const before = this.#rows.get(key);
    this.#journal.note(() => (before === undefined ? this.#drop(key) : this.#rows.set(key, before)));
    if (before === undefined) this.#sortedKeys = undefined;
    this.#rows.set(key, row);
  }

  delete(key: K): void {
    const before = this.#rows.get(key);
    if (before === undefined) return;
    this.#journal.note(() => {
      this.#sortedKeys = undefined;
      this.#rows.set(key, before);
    });
    this.#drop(key);
  }

  #drop(key: K): void {
    this.#sortedKeys = undefined;
    this.#rows.delete(key);
  }
}

/** The rows of another table that belong to a key; not unique. */
export class Index<K, V> {
  readonly #journal: Journal;
  readonly #sets = new Map<K, Set<V>>();

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  get(key: K): ReadonlySet<V> {
    return this.#sets.get(key) ?? new Set();
  }

  add(key: K, value: V): void {
    const set = this.#sets.get(key) ?? new Set();
    if (set.has(value)) return;
    this.#journal.note(() => set.delete(value));
    this.#sets.set(key, set.add(value));
  }

  remove(key: K, value: V): void {
    const set = this.#sets.get(key);
    if (set?.delete(value) === true) this.#journal.note(() => set.add(value));
  }
}
