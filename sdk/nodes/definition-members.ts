import type { ErrorCode, Problem } from '../../domain/base/errors.js';
import { pointerSegment } from '../../std/json.js';
import { definitionFault } from './definition-faults.js';
import { describeThrown, describeValue } from './foreign-value.js';
import type { Kind } from './member-kinds.js';

/**
 * Reads the members of a definition, which no compiler may have checked. Each is read once. One that cannot be read, or is of
 * another kind, becomes a fault; its place is taken by a placeholder, so that it has no other consequences.
 */
export class DefinitionMembers<D extends object> {
  readonly faults: Problem[] = [];
  readonly #definition: D;
  readonly #title: (name: string) => string;
  readonly #known = new Set<string>();

  /** `title`: what messages call a member. */
  constructor(definition: D, title: (name: string) => string = (name) => name) {
    this.#definition = definition;
    this.#title = title;
  }

  /** `missing`: the code of the fault when there is no such member. */
  required<T>(
    name: keyof D & string,
    kind: Kind<T>,
    placeholder: T,
    missing: ErrorCode = 'E_SCHEMA_INVALID',
  ): T {
    return this.#read(name, (value) => this.#accepted(name, kind, value, missing)) ?? placeholder;
  }

  /** Undefined when the member is absent or has a fault. */
  optional<T>(name: keyof D & string, kind: Kind<T>): T | undefined {
    return this.#read(name, (value) => (value === undefined ? undefined : this.#accepted(name, kind, value)));
  }

  /** What `read` makes of a member; undefined when it throws. */
  any<T>(name: keyof D & string, read: (value: unknown) => T): T | undefined {
    return this.#read(name, read);
  }

  /** `path`: relative to the definition. */
  note(path: string, message: string, hint: string): void {
    this.faults.push(definitionFault(path, message, hint));
  }

  /** All faults, once every member was read: a name that was not read is mistyped. */
  allFaults(): readonly Problem[] {
    for (const name of this.#names()) {
      if (this.#known.has(name)) continue;
      this.note(
        `/${pointerSegment(name)}`,
        `there is no member ${name}`,
        `the members are ${[...this.#known].join(', ')}`,
      );
    }
    return this.faults;
  }

  #names(): readonly string[] {
    try {
      return Object.keys(this.#definition);
    } catch {
      // What cannot be listed cannot be read either, which is a fault already.
      return [];
    }
  }

  isSound(name: keyof D & string): boolean {
    return this.faults.every(({ path }) => path !== `/${name}`);
  }

  #read<T>(name: string, read: (value: unknown) => T): T | undefined {
    this.#known.add(name);
    try {
      return read(Reflect.get(this.#definition, name));
    } catch (cause) {
      const message = `${this.#title(name)} cannot be read: ${describeThrown(cause)}`;
      this.note(`/${name}`, message, 'give a plain value');
      return undefined;
    }
  }

  #accepted<T>(
    name: string,
    { is, hint, accept }: Kind<T>,
    value: unknown,
    missing: ErrorCode = 'E_SCHEMA_INVALID',
  ): T | undefined {
    const accepted = accept(value);
    if (accepted === undefined) {
      const fault = definitionFault(
        `/${name}`,
        `${this.#title(name)} is ${describeValue(value)}, not ${is}`,
        hint,
      );
      this.faults.push(value === undefined ? { ...fault, code: missing } : fault);
    }
    return accepted;
  }
}
