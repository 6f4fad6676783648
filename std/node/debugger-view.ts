import { type Runtime, Session } from 'node:inspector';
import { isPlainObject } from '../json.js';

/** What a debugger shows of an object. It is valid during the call that it is handed to. */
export interface DebuggerView {
  /** Where a function was defined; undefined for bound and built-in ones. */
  location(): CodeLocation | undefined;
  /** What a bound function calls: the function, `this` and the arguments; empty for others. */
  bound(): readonly HiddenVariable[];
  /** The scopes of a function, innermost first. */
  scopes(): readonly Scope[];
  /** The private members of an instance, without its methods. */
  privateMembers(): readonly HiddenVariable[];
}

/** A private member, `#name`, a variable, or what a function is bound to, with its value. */
export interface HiddenVariable {
  readonly name: string;
  readonly value: unknown;
}

/** A place in a compiled script; line and column from 0. */
export interface CodeLocation {
  readonly scriptId: string;
  readonly line: number;
  readonly column: number;
}

/** A scope, with its variables by name. */
export interface Scope {
  /** As the engine describes it: `Closure`, `Module`, `Global`, and so on. */
  readonly description: string;
  readonly variables: object;
}

/** What `use` makes of a session with the inspector of this thread, which ends with it. No port is opened, and nothing is paused. */
function withInspector<T>(use: (session: Session) => T): T {
  const session = new Session();
  session.connect();
  try {
    return use(session);
  } finally {
    session.disconnect();
  }
}

/** The inspector reads values through expressions, so they are stored in a global for the duration of a call. */
const handover = Symbol.for('qmtl.debugger-view');
const handedOver = "globalThis[Symbol.for('qmtl.debugger-view')]";

/** Hands what a debugger shows of each object to `read`. */
export function viewObjects(
  objects: readonly object[],
  read: (index: number, view: DebuggerView) => void,
): void {
  const held: { readonly objects: readonly object[]; taken: unknown } = { objects, taken: undefined };
  Reflect.set(globalThis, handover, held);
  try {
    withInspector((session) => {
      const live = (remote: Runtime.RemoteObject) => liveValue(session, held, remote);
      for (const [index, objectId] of elementIds(session, listId(session))) {
        read(index, viewOf(propertiesOf(session, objectId, true), live));
      }
    });
  } finally {
    Reflect.deleteProperty(globalThis, handover);
  }
}

/** `NaN`, `-Infinity`, `-0`, `10n` */
function numberOf(text: string): unknown {
  return text.endsWith('n') ? BigInt(text.slice(0, -1)) : Number(text);
}

/** The value that the inspector describes. Primitives are given as they are, or as a text. */
function liveValue(
  session: Session,
  held: { taken: unknown },
  { objectId, unserializableValue, value }: Runtime.RemoteObject,
): unknown {
  if (objectId === undefined)
    return unserializableValue === undefined ? value : numberOf(unserializableValue);
  held.taken = undefined;
  const functionDeclaration = `function () { 'use strict'; ${handedOver}.taken = this; }`;
  session.post('Runtime.callFunctionOn', { objectId, functionDeclaration });
  return held.taken;
}

function viewOf(
  { internalProperties = [], privateProperties = [] }: Properties,
  live: (remote: Runtime.RemoteObject) => unknown,
): DebuggerView {
  const internal = (name: string) => internalProperties.find((one) => one.name === name)?.value;
  return {
    location: () => locationOf(internal('[[FunctionLocation]]')?.value),
    bound: () =>
      boundParts.flatMap(([property, name]) => {
        const remote = internal(property);
        return remote === undefined ? [] : [{ name, value: live(remote) }];
      }),
    scopes: () => {
      const list = internal('[[Scopes]]');
      const scopes: unknown = list === undefined ? [] : live(list);
      // It is a list without the methods of one.
      return Array.isArray(scopes) ? Array.from(scopes).flatMap(scopeOf) : [];
    },
    privateMembers: () => {
      return privateProperties.flatMap(({ name = '', value }) =>
        value === undefined ? [] : [{ name, value: live(value) }],
      );
    },
  };
}

const boundParts = [
  ['[[TargetFunction]]', 'the bound function'],
  ['[[BoundThis]]', 'the bound this'],
  ['[[BoundArgs]]', 'the list of bound arguments'],
] as const;

function locationOf(value: unknown): CodeLocation | undefined {
  if (!isPlainObject(value)) return undefined;
  const { scriptId, lineNumber, columnNumber } = value;
  if (typeof scriptId !== 'string' || typeof lineNumber !== 'number') return undefined;
  return { scriptId, line: lineNumber, column: typeof columnNumber === 'number' ? columnNumber : 0 };
}

function scopeOf(scope: object): Scope[] {
  const variables: unknown = Reflect.get(scope, 'object');
  const description = String(Reflect.get(scope, 'description'));
  return typeof variables === 'object' && variables !== null ? [{ description, variables }] : [];
}

/** With a part of the protocol that its types leave out. */
interface Properties extends Partial<Runtime.GetPropertiesReturnType> {
  readonly privateProperties?: readonly { readonly name?: string; readonly value?: Runtime.RemoteObject }[];
}

/** Callbacks of `post` have run when it returns. They only keep the answer: what they throw is lost. */
function listId(session: Session): string | undefined {
  let id: string | undefined;
  session.post('Runtime.evaluate', { expression: `${handedOver}.objects` }, (_error, found) => {
    id = found?.result.objectId;
  });
  return id;
}

/** `nonIndexedPropertiesOnly`: without elements, of which a typed array may have millions. */
function propertiesOf(session: Session, objectId: string, nonIndexedPropertiesOnly = false): Properties {
  let properties: Properties = {};
  const asked = { objectId, ownProperties: true, nonIndexedPropertiesOnly };
  session.post('Runtime.getProperties', asked, (_error, found) => {
    properties = found ?? {};
  });
  return properties;
}

/** Inspector ids of the elements of an array. */
function elementIds(session: Session, arrayId: string | undefined): [number, string][] {
  const elements = arrayId === undefined ? [] : (propertiesOf(session, arrayId).result ?? []);
  return elements.flatMap(({ name, value }): [number, string][] =>
    /^\d+$/.test(name) && value?.objectId !== undefined ? [[Number(name), value.objectId]] : [],
  );
}
