import { Session } from 'node:inspector';
import { types } from 'node:util';
import { isObject } from '../nodes/foreign-value.js';
import type { CapturedValue } from './code-analysis.js';
import { eachFunction, Scripts } from './function-location.js';
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

  /** Looks at functions. `files`: of those whose script is compiled from another file. */
  add(functions: readonly object[], files: readonly string[] = []): void {
    for (const { index, path, scopes } of scopesOf(functions)) {
      const file = files[index] ?? path;
      if (file !== undefined && !this.#scopes.has(file)) this.#scopes.set(file, scopes);
    }
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
  const members = Reflect.ownKeys(object).flatMap((key): unknown[] =>
    Object.values(Object.getOwnPropertyDescriptor(object, key) ?? {}),
  );
  if (types.isMap(object)) for (const one of object.values()) members.push(one);
  if (types.isSet(object)) for (const one of object) members.push(one);
  return typeof object === 'function' ? members : [...members, Reflect.getPrototypeOf(object)];
}

interface FunctionScopes {
  readonly index: number;
  readonly path: string | undefined;
  readonly scopes: readonly object[];
}

const handover = Symbol.for('qmtl.scopes');

function scopesOf(functions: readonly object[]): FunctionScopes[] {
  const found: FunctionScopes[] = [];
  const session = new Session();
  session.connect();
  try {
    const scripts = new Scripts(session);
    eachFunction(session, functions, (index, internal) => {
      const scopes = scopesAt(session, internal('[[Scopes]]')?.objectId);
      const location: unknown = internal('[[FunctionLocation]]')?.value;
      const id: unknown = isObject(location) ? Reflect.get(location, 'scriptId') : undefined;
      const url = typeof id === 'string' ? scripts.urlOf(id) : undefined;
      found.push({ index, path: url === undefined ? undefined : scriptFile(url)?.path, scopes });
    });
  } finally {
    session.disconnect();
  }
  return found;
}

/** Outermost first, without the globals. */
function scopesAt(session: Session, objectId: string | undefined): object[] {
  if (objectId === undefined) return [];
  const taken: unknown[] = [];
  Reflect.set(globalThis, handover, (scopes: unknown) => taken.push(scopes));
  try {
    session.post('Runtime.callFunctionOn', {
      objectId,
      functionDeclaration: "function () { globalThis[Symbol.for('qmtl.scopes')](Array.from(this)); }",
    });
  } finally {
    Reflect.deleteProperty(globalThis, handover);
  }
  const scopes = taken.flat().filter(isObject);
  return scopes
    .filter((scope) => !/^(?:Global|Script)$/.test(String(Reflect.get(scope, 'description'))))
    .map((scope): unknown => Reflect.get(scope, 'object'))
    .filter(isObject)
    .reverse();
}
