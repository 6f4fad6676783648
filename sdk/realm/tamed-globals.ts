import { deleteLaterMembers } from './later-members.js';

/**
 * Takes out of a realm everything that differs between machines, moments or calls: the clock, randomness, the locale, the
 * local time zone, the text and the places of functions. What is left of a member is a function that says so.
 *
 * It changes the realm it runs in, and is done once, before any author's code.
 */
export function tameGlobals(): void {
  tameFunctions();
  tameErrors();
  tameLocales();
  tameRegExp();
  replace(Math, { random: refusing('Math.random') });
  deleteLaterMembers();
  refuseBuffersOfTypedArrays();
}

const known = 'compute reads its view, constants and functions of the project';

/** A function that only says that it is not there. `prototype`: of its instances, as `instanceof` sees it. */
function refusing(
  name: string,
  { instead = known, prototype }: { readonly instead?: string; readonly prototype?: object } = {},
): () => never {
  const refuse = () => {
    throw new TypeError(`${name} is not available to compute: ${instead}`);
  };
  // Messages of the engine show the text of a function, but not that of a bound one.
  const bound = refuse.bind(undefined);
  const both = prototype === undefined ? [] : [refuse, bound];
  for (const one of both) Object.defineProperty(one, 'prototype', { value: prototype });
  return bound;
}

function replace(object: object, members: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(members)) {
    Object.defineProperty(object, name, { value, writable: true, configurable: true, enumerable: false });
  }
}

/** Code cannot be made of text: not through `Function`, nor through the constructor of any function. */
function tameFunctions(): void {
  const kinds = [() => {}, function* () {}, async () => {}, async function* () {}];
  for (const kind of kinds) {
    const prototype = Reflect.getPrototypeOf(kind) ?? kind;
    const refused = refusing('the constructor of functions', { prototype });
    replace(prototype, { constructor: refused });
  }
  replace(Function.prototype, functionText);
}

/**
 * Packages read the text of functions when they are loaded, to recognise those of the language. It depends on the release of
 * Node, and that of an author's function on how it is written: here all have one text, which shows nothing.
 */
const functionText = {
  toString(this: unknown): string {
    if (typeof this === 'function') return 'function () { [native code] }';
    throw new TypeError("Function.prototype.toString requires that 'this' be a Function");
  },
};

/** Places of code, by the errors thrown there, for the runner alone. */
const places = new WeakMap<object, readonly CodePlace[]>();

/** A position in a compiled text; line and column from 0. */
export interface CodePlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** The places of the calls that led to an error, innermost first. Never throws. */
export function placesOf(thrown: unknown): readonly CodePlace[] {
  try {
    if (typeof thrown !== 'object' || thrown === null) return [];
    // The engine describes the calls when the member is read for the first time.
    void Reflect.get(thrown, 'stack');
    return places.get(thrown) ?? [];
  } catch {
    return [];
  }
}

/** `error.stack` would show paths of the machine; it is the empty text. */
function tameErrors(): void {
  Reflect.deleteProperty(Error, 'captureStackTrace');
  replace(Error, {
    stackTraceLimit: 50,
    prepareStackTrace: (error: object, calls: readonly NodeJS.CallSite[]): string => {
      const found = calls.map((call) => ({
        file: call.getFileName() ?? '',
        line: (call.getLineNumber() ?? 1) - 1,
        column: (call.getColumnNumber() ?? 1) - 1,
      }));
      places.set(error, found);
      return '';
    },
  });
}

function tameLocales(): void {
  const instead = 'the result depends on the locale of the machine';
  const tame = (prototype: object, owner: string, ...names: readonly string[]) => {
    replace(
      prototype,
      Object.fromEntries(names.map((name) => [name, refusing(`${owner}.${name}`, { instead })])),
    );
  };
  tame(String.prototype, 'String', 'localeCompare', 'toLocaleLowerCase', 'toLocaleUpperCase');
  tame(Number.prototype, 'Number', 'toLocaleString');
  tame(BigInt.prototype, 'BigInt', 'toLocaleString');
  tame(Array.prototype, 'Array', 'toLocaleString');
  tame(typedArrayPrototype, 'TypedArray', 'toLocaleString');
}

/** Static members of RegExp remember the last match of any code. */
function tameRegExp(): void {
  const remembered = [
    'input',
    '$_',
    'lastMatch',
    '$&',
    'lastParen',
    '$+',
    'leftContext',
    '$`',
    'rightContext',
    "$'",
  ];
  const groups = Array.from({ length: 9 }, (_, index) => `$${index + 1}`);
  for (const name of [...remembered, ...groups]) Reflect.deleteProperty(RegExp, name);
  Reflect.deleteProperty(RegExp.prototype, 'compile');
}

const typedArrayPrototype = Reflect.getPrototypeOf(Float64Array.prototype) ?? {};
/** Kept from before the realm is tamed. */
const getBuffer: unknown = Reflect.get(
  Object.getOwnPropertyDescriptor(typedArrayPrototype, 'buffer') ?? {},
  'get',
);

/** The buffer of a typed array, also in a tamed realm. */
export function bufferOf(array: ArrayBufferView): ArrayBuffer {
  const buffer: unknown = typeof getBuffer === 'function' ? Reflect.apply(getBuffer, array, []) : undefined;
  if (buffer instanceof ArrayBuffer) return buffer;
  throw new TypeError('a typed array of a run has a buffer of its own');
}

/** Two views of one buffer would show the bits of NaN, which differ between runs of the same code. */
function refuseBuffersOfTypedArrays(): void {
  const instead = 'create an ArrayBuffer, and read it through a DataView';
  const get = refusing('the buffer of a typed array', { instead });
  Object.defineProperty(typedArrayPrototype, 'buffer', { get, configurable: true, enumerable: false });
}
