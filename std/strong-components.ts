/**
 * The strongly connected components of a graph: nodes that lead to each other are together. Each component comes after those it
 * leads to. Without recursion: paths may be long.
 */
export function strongComponents<T>(nodes: Iterable<T>, nextOf: (node: T) => Iterable<T>): T[][] {
  const search = new Search(nextOf);
  for (const node of nodes) search.from(node);
  return search.components;
}

interface Entered<T> {
  readonly node: T;
  readonly number: number;
  readonly next: Iterator<T>;
  /** The least number that the node leads to, among those without a component. */
  low: number;
}

/** Tarjan's algorithm. */
class Search<T> {
  readonly components: T[][] = [];
  readonly #nextOf: (node: T) => Iterable<T>;
  readonly #entered = new Map<T, Entered<T>>();
  /** Nodes without a component, in the order in which they were entered. */
  readonly #open: T[] = [];
  readonly #isOpen = new Set<T>();

  constructor(nextOf: (node: T) => Iterable<T>) {
    this.#nextOf = nextOf;
  }

  from(start: T): void {
    if (this.#entered.has(start)) return;
    const path = [this.#enter(start)];
    for (let at = path.at(-1); at !== undefined; at = path.at(-1)) {
      const step = at.next.next();
      if (step.done === true) {
        path.pop();
        this.#leave(at, path.at(-1));
        continue;
      }
      const known = this.#entered.get(step.value);
      if (known === undefined) path.push(this.#enter(step.value));
      else if (this.#isOpen.has(step.value)) at.low = Math.min(at.low, known.number);
    }
  }

  #enter(node: T): Entered<T> {
    const number = this.#entered.size;
    const entered = { node, number, next: this.#nextOf(node)[Symbol.iterator](), low: number };
    this.#entered.set(node, entered);
    this.#open.push(node);
    this.#isOpen.add(node);
    return entered;
  }

  #leave({ node, number, low }: Entered<T>, before: Entered<T> | undefined): void {
    if (before !== undefined) before.low = Math.min(before.low, low);
    if (low < number) return;
    const component = this.#open.splice(this.#open.lastIndexOf(node));
    for (const one of component) this.#isOpen.delete(one);
    this.components.push(component);
  }
}
