import { strongComponents } from '../../std/strong-components.js';
import { Captures, filesOf, isImported, packagedUses } from './captured-values.js';
import type { CapturedValues } from './code-analysis.js';
import { type Definition, isFunctionDefinition, isLiteral, keepsStateWhenEvaluated } from './definitions.js';

/** Closed modules whose constants are computed and compared together. */
export interface CaptureGroup {
  /** What all of them capture, with a script that computes it. */
  readonly captured: CapturedValues;
  readonly members: readonly CapturedValues[];
}

/**
 * Groups closed modules, so that what many have in common is computed and compared once. A group has its constants as each of its
 * modules has them: what the evaluation of a constant may change for others, since it keeps state or is part of a circle, is the
 * same in all of them, in the same order. Other constants are frozen, and depend only on what they name.
 */
export class CaptureGroups {
  readonly #renewed = new Set<Definition>();
  readonly #keeping = new Map<Definition, boolean>();
  readonly #opaque = new Map<Definition, readonly string[]>();
  readonly #numbers = new Map<object, number>();

  groupsOf(all: readonly CapturedValues[]): readonly CaptureGroup[] {
    const captures = all.filter((one) => one instanceof Captures);
    const inCircles = inCirclesOf(captures);
    const groups = new Map<string, Captures[]>();
    for (const one of captures) {
      const key = this.#keyOf(one, inCircles);
      const known = groups.get(key);
      if (known === undefined) groups.set(key, [one]);
      else known.push(one);
    }
    return [...groups.values()].map((members) => ({ captured: union(members), members }));
  }

  /**
   * Members of a group whose constants are those of its script. `renewed`: the numbers of definitions that keep state, as the
   * realm found; a member with one of which the source did not show it belongs into another group.
   */
  certain({ captured, members }: CaptureGroup, renewed: readonly number[]): readonly CapturedValues[] {
    if (!(captured instanceof Captures)) return [];
    const { module } = captured;
    const numbers = new Set(renewed);
    const found = module.definitions.filter((one) => numbers.has(module.numberOf(one)));
    const unexpected = found.filter((one) => isEvaluated(one) && !this.#keepsState(one));
    for (const one of unexpected) this.#renewed.add(one);
    return members.filter(
      (one) => one instanceof Captures && !unexpected.some((definition) => one.definitions.has(definition)),
    );
  }

  /** The files, and what is opaque, decide what is compared of a value; definitions that keep state decide what it is. */
  #keyOf({ definitions, module }: Captures, inCircles: ReadonlySet<Definition>): string {
    const files = [...filesOf(definitions)].map((one) => this.#number(one));
    const opaque = new Set([...definitions].flatMap((one) => this.#opaqueParts(one)));
    const changing = module.definitions.filter(
      (one) => isEvaluated(one) && (inCircles.has(one) || this.#keepsState(one)),
    );
    const order = changing.map((one) => this.#number(one));
    return JSON.stringify([files.sort((a, b) => a - b), [...opaque].sort(), order]);
  }

  #keepsState(definition: Definition): boolean {
    if (this.#renewed.has(definition)) return true;
    if (definition.kind !== 'code') return false;
    const found = this.#keeping.get(definition) ?? keepsStateWhenEvaluated(definition);
    this.#keeping.set(definition, found);
    return found;
  }

  /** What packages define, and files as a whole, as far as a definition names them. */
  #opaqueParts(definition: Definition): readonly string[] {
    const known = this.#opaque.get(definition);
    if (known !== undefined) return known;
    const used = packagedUses(definition).map((use) => `${this.#number(use.definition)} ${use.name ?? ''}`);
    const found = isImported(definition) ? [...used, `${this.#number(definition)}`] : used;
    this.#opaque.set(definition, found);
    return found;
  }

  #number(one: object): number {
    const number = this.#numbers.get(one) ?? this.#numbers.size;
    this.#numbers.set(one, number);
    return number;
  }
}

/** Whether a definition does something, and may have another value, when the module is evaluated. */
function isEvaluated(definition: Definition): boolean {
  return !isFunctionDefinition(definition) && !isLiteral(definition);
}

/**
 * Definitions that are part of a circle with more than one constant, or lead to one: where its evaluation begins depends on the
 * function that leads to it.
 */
function inCirclesOf(captures: readonly Captures[]): ReadonlySet<Definition> {
  const all = new Set<Definition>();
  for (const { definitions } of captures) for (const one of definitions) all.add(one);
  const found = new Set<Definition>();
  for (const component of strongComponents(all, ({ uses }) => uses.keys())) {
    const isCircle = component.filter(isEvaluated).length > 1;
    const leadsToOne = () => component.some(({ uses }) => [...uses.keys()].some((used) => found.has(used)));
    if (isCircle || leadsToOne()) for (const one of component) found.add(one);
  }
  return found;
}

function union(members: readonly Captures[]): Captures {
  const [first] = members;
  if (first === undefined) throw new TypeError('a group has members');
  if (members.length === 1) return first;
  const definitions = new Set<Definition>();
  for (const one of members) for (const definition of one.definitions) definitions.add(definition);
  return new Captures(
    members.flatMap(({ roots }) => roots),
    definitions,
    first.textOf,
  );
}
