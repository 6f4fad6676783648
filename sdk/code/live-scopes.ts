import { types } from 'node:util';
import { type DebuggerView, viewObjects } from '../../std/node/debugger-view.js';
import { isObject } from '../nodes/foreign-value.js';
import type { CapturedValue } from './code-analysis.js';
import { withScripts } from './function-location.js';
import { scriptFile } from './script-file.js';

/** How many objects of one value are searched for functions of its file. */
const objectsSearchedMax = 10_000;

/** A value of the program; undefined when it cannot be found. */
export interface LiveValue {
  readonly value: unknown;
}

/**
 * The variables of files as the program has them. The engine shows them to a debugger, by the functions that can name them;
 * nothing is paused, and no code of the author is executed.
 */
export class LiveScopes {
  /** By file; the variables of its module first. */
  readonly #scopes = new Map<string, readonly object[]>();

  /** Looks at a function of a file, whose script may have been compiled from it. */
  addOf(file: string, made: object): void {
    viewObjects([made], (_index, view) => this.#scopes.set(file, variablesOf(view)));
  }

  /** Looks at functions of the files that their scripts are. */
  add(functions: readonly object[]): void {
    withScripts((scripts) =>
      viewObjects(functions, (_index, view) => {
        const url = scripts.urlOf(view.location()?.scriptId);
        const path = url === undefined ? undefined : scriptFile(url)?.path;
        if (path !== undefined && !this.#scopes.has(path)) this.#scopes.set(path, variablesOf(view));
      }),
    );
  }

  has(file: string): boolean {
    return this.#scopes.has(file);
  }

  valueOf({ file, path: [name, ...members], imported }: CapturedValue): LiveValue | undefined {
    const scopes = this.#scopes.get(file) ?? [];
    let found = memberOf(scopes, name) ?? importedOf(scopes, imported);
    for (const member of members) {
      found = found !== undefined && isObject(found.value) ? memberOf([found.value], member) : undefined;
    }
    return found;
  }
}

function memberOf(objects: readonly object[], name: string): LiveValue | undefined {
  for (const object of objects) {
    if (!types.isProxy(object) && Object.hasOwn(object, name)) return readMember(object, name);
  }
  return undefined;
}

/** Names of modules are getters, which throw before the name has its value. */
function readMember(object: object, name: string): LiveValue | undefined {
  const isModule = types.isModuleNamespaceObject(object) || isCompiledModule(object, name);
  const descriptor = isModule ? undefined : Object.getOwnPropertyDescriptor(object, name);
  if (descriptor?.get !== undefined) return undefined;
  try {
    return { value: Reflect.get(object, name) };
  } catch {
    return undefined;
  }
}

/** What compilers and vitest make of the exports of an ES module: getters that cannot be set. */
function isCompiledModule(object: object, name: string): boolean {
  const member = Object.getOwnPropertyDescriptor(object, name);
  if (member?.get === undefined || member.set !== undefined) return false;
  return (
    Object.getOwnPropertyDescriptor(object, '__esModule') !== undefined ||
    Object.getOwnPropertyDescriptor(object, Symbol.toStringTag)?.value === 'Module'
  );
}

/** Compilers that write CommonJS, or what vitest executes, name a whole module where the file names an export. */
function importedOf(scopes: readonly object[], imported: string | undefined): LiveValue | undefined {
  if (imported === undefined) return undefined;
  const found = scopes.flatMap((scope) =>
    Object.entries(scope).flatMap(([name, module]) => {
      const isModule = /^(?:import_|__vi(?:te_ssr)?_import_)/.test(name) && isObject(module);
      return isModule && Object.hasOwn(module, imported) ? [module] : [];
    }),
  );
  const [first, ...others] = found;
  // Several modules may export the name: then which one is meant cannot be seen.
  return first === undefined || others.some((one) => one !== first) ? undefined : memberOf([first], imported);
}

/** The functions that a value holds. */
export function functionsIn(value: unknown): object[] {
  const seen = new Set<object>(isObject(value) ? [value] : []);
  for (const object of seen) {
    if (seen.size > objectsSearchedMax || types.isProxy(object)) break;
    for (const held of heldBy(object)) if (isObject(held)) seen.add(held);
  }
  return [...seen].filter((one) => typeof one === 'function');
}

function heldBy(object: object): unknown[] {
  const keys = Reflect.ownKeys(object);
  // The elements of a typed array come first, and are numbers.
  const others = types.isTypedArray(object) ? keys.slice(object.length) : keys;
  const members = others.flatMap((key): unknown[] =>
    Object.values(Object.getOwnPropertyDescriptor(object, key) ?? {}),
  );
  // By the methods of the language: those of the object would execute code of the author.
  const add = (one: unknown) => members.push(one);
  if (types.isMap(object)) Map.prototype.forEach.call(object, add);
  if (types.isSet(object)) Set.prototype.forEach.call(object, add);
  return typeof object === 'function' ? members : [...members, Reflect.getPrototypeOf(object)];
}

/** Outermost first, without the globals. */
function variablesOf(view: DebuggerView): object[] {
  const scopes = view.scopes().filter(({ description }) => !/^(?:Global|Script)$/.test(description));
  return scopes.map(({ variables }) => variables).reverse();
}
