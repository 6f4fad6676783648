import { Script } from 'node:vm';
import { throwLimitError } from './engine-limits.js';
import { Freezing } from './freezing.js';
import { moduleHelpers } from './module-helpers.js';
import type { RealmGlobals } from './realm.js';

/** Computes one bar of its view. */
export type Compute = (view: object) => unknown;

/** A closed module, compiled. It is called for every instance. */
export type ModuleFunction = (globals: object) => Compute;

/**
 * An instance of a closed module: its definitions, evaluated and frozen, which all bars share.
 *
 * A definition is renewed, that is evaluated again for every bar, when its value holds something that cannot be frozen, because it
 * keeps variables of a call or is an iterator, a generator, a typed array or the like; when its code names a renewed
 * definition; and when its value holds an object of one. So nothing that is shared leads to what a bar can change.
 */
export class ModuleInstance {
  readonly #module: ModuleFunction;
  readonly #globals: RealmGlobals;
  readonly #first: Definitions;
  readonly #compute: Compute;
  readonly #renewed: ReadonlySet<number>;

  /** Throws what the module throws while its constants are evaluated. */
  constructor(module: ModuleFunction, globals: RealmGlobals) {
    this.#module = module;
    this.#globals = globals;
    this.#first = new Definitions();
    this.#compute = this.#evaluated(this.#first.define);
    this.#renewed = this.#first.renewed();
  }

  /** The function for the next bar. */
  forBar(): Compute {
    return this.#renewed.size === 0 ? this.#compute : this.#renew();
  }

  /** The function of a fresh instance, which shares nothing with this one. */
  another(): Compute {
    return this.#evaluated(new Definitions().define);
  }

  #renew(): Compute {
    const [first, renewed] = [this.#first, this.#renewed];
    const freezing = new Freezing((object) => {
      const owner = first.ownerOf(object);
      return owner !== undefined && !renewed.has(owner);
    });
    return this.#evaluated((number, evaluate, _uses, mayKeepState) => {
      if (!renewed.has(number)) return first.valueOf(number);
      const value = evaluate();
      freezing.freeze(value, number, mayKeepState);
      return value;
    });
  }

  #evaluated(define: Define): Compute {
    return evaluatedWith(this.#module, this.#globals, define);
  }
}

function evaluatedWith<T>(module: (globals: object) => T, globals: RealmGlobals, define: Define): T {
  const helpers = moduleHelpers(globals, {
    harden: (number, evaluate, uses) => define(number, evaluate, uses, false),
    renew: (number, evaluate, uses) => define(number, evaluate, uses, true),
  });
  const made = module(helpers);
  // Constants may have caught it, or let it be lost.
  throwLimitError();
  return made;
}

/** What a script in the form of a closed module makes. */
export interface MadeByScript {
  readonly value: unknown;
  /** The function that the script is. */
  readonly module: object;
  /** The numbers of its definitions of which every bar would have its own. */
  readonly renewed: readonly number[];
}

/** Evaluates a script in the form of a closed module. Throws what it throws. */
export function evaluateScript(text: string, globals: RealmGlobals, filename: string): MadeByScript {
  const module = compiled(text, filename);
  const definitions = new Definitions();
  const value = evaluatedWith(
    (given): unknown => Reflect.apply(module, undefined, [given]),
    globals,
    definitions.define,
  );
  return { value, module, renewed: [...definitions.renewed()] };
}

/** Compiles the text of a closed module. `digest`: names it in the places of errors. */
export function compileModule(text: string, digest: string): ModuleFunction {
  const module = compiled(text, digest);
  return (globals) => {
    const compute: unknown = Reflect.apply(module, undefined, [globals]);
    if (!isCompute(compute)) throw new TypeError('a closed module returns its compute function');
    return compute;
  };
}

function compiled(text: string, filename: string): (...args: never[]) => unknown {
  const module: unknown = new Script(text, { filename }).runInThisContext();
  if (isCompute(module)) return module;
  throw new TypeError('a closed module is a script whose value is a function');
}

function isCompute(value: unknown): value is Compute {
  return typeof value === 'function';
}

/** Gives the value of a definition. `uses`: the definitions that its code names. */
type Define = (
  number: number,
  evaluate: () => unknown,
  uses: readonly number[],
  mayKeepState: boolean,
) => unknown;

interface Defined {
  readonly value: unknown;
  readonly isFrozen: boolean;
  /** The definitions that it must be renewed with. */
  readonly needs: readonly number[];
}

/** The definitions of one instance, by their numbers. Constants that are numbers or texts are not among them. */
class Definitions {
  readonly #defined = new Map<number, Defined>();
  readonly #freezing = new Freezing(() => false);

  readonly define: Define = (number, evaluate, uses, mayKeepState) => {
    const value = evaluate();
    const { isComplete, held } = this.#freezing.freeze(value, number, mayKeepState);
    this.#defined.set(number, { value, isFrozen: isComplete, needs: [...uses, ...held] });
    return value;
  };

  valueOf(number: number): unknown {
    return this.#defined.get(number)?.value;
  }

  /** The definition that an object belongs to. */
  ownerOf(object: object): number | undefined {
    return this.#freezing.owners.get(object);
  }

  /** The definitions that every bar has of its own. */
  renewed(): ReadonlySet<number> {
    const neededBy = this.#neededBy();
    const renewed = new Set(
      [...this.#defined].flatMap(([number, { isFrozen }]) => (isFrozen ? [] : [number])),
    );
    for (const number of renewed) for (const next of neededBy.get(number) ?? []) renewed.add(next);
    return renewed;
  }

  /** The definitions that need each. */
  #neededBy(): ReadonlyMap<number, readonly number[]> {
    const neededBy = new Map<number, number[]>();
    for (const [number, { needs }] of this.#defined) {
      for (const needed of needs) {
        const known = neededBy.get(needed);
        if (known === undefined) neededBy.set(needed, [number]);
        else known.push(number);
      }
    }
    return neededBy;
  }
}
