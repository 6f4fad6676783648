import type { Node } from 'oxc-parser';
import type { Binding } from './declarations.js';

/** The names inside one definition, by their order of appearance: `v1`, `l1`, `#p1`. */
export class LocalNames {
  readonly #variables = new Map<Binding | symbol, string>();
  readonly #labels: { readonly written: string; readonly name: string }[] = [];
  readonly #classes: ReadonlyMap<string, string>[] = [];
  #privateMembers = 0;

  variable(binding: Binding): string {
    const known = this.#variables.get(binding);
    if (known !== undefined) return known;
    const name = `v${this.#variables.size + 1}`;
    this.#variables.set(binding, name);
    return name;
  }

  /** A parameter that nothing names. */
  unused(): string {
    const name = `v${this.#variables.size + 1}`;
    this.#variables.set(Symbol(name), name);
    return name;
  }

  enterLabel(written: string): string {
    const name = `l${this.#labels.length + 1}`;
    this.#labels.push({ written, name });
    return name;
  }

  leaveLabel(): void {
    this.#labels.pop();
  }

  label(written: string): string {
    return this.#labels.findLast((one) => one.written === written)?.name ?? written;
  }

  enterClass({ body }: Extract<Node, { type: 'ClassBody' }>): void {
    const names = new Map<string, string>();
    for (const member of body) {
      const key = 'key' in member ? member.key : undefined;
      if (key?.type !== 'PrivateIdentifier' || names.has(key.name)) continue;
      this.#privateMembers += 1;
      names.set(key.name, `p${this.#privateMembers}`);
    }
    this.#classes.push(names);
  }

  leaveClass(): void {
    this.#classes.pop();
  }

  privateMember(written: string): string {
    return this.#classes.findLast((names) => names.has(written))?.get(written) ?? written;
  }
}
