/**
 * The globals of the realm in which compute functions are executed (`sdk/realm/`). They are free of clocks, randomness and
 * locales there, and cannot be changed.
 */
const realmGlobals: ReadonlySet<string> = new Set([
  ...['undefined', 'NaN', 'Infinity', 'isFinite', 'isNaN', 'parseFloat', 'parseInt'],
  ...[
    'Object',
    'Array',
    'String',
    'Number',
    'Boolean',
    'BigInt',
    'Symbol',
    'Math',
    'JSON',
    'Date',
    'RegExp',
    'Reflect',
  ],
  ...['Map', 'Set', 'WeakMap', 'WeakSet', 'ArrayBuffer', 'DataView'],
  ...['Float64Array', 'Float32Array', 'BigInt64Array', 'BigUint64Array', 'Uint8ClampedArray'],
  ...['Int32Array', 'Uint32Array', 'Int16Array', 'Uint16Array', 'Int8Array', 'Uint8Array'],
  ...[
    'Error',
    'TypeError',
    'RangeError',
    'SyntaxError',
    'ReferenceError',
    'EvalError',
    'URIError',
    'AggregateError',
  ],
  ...['encodeURIComponent', 'decodeURIComponent', 'encodeURI', 'decodeURI', 'structuredClone'],
]);

/** An object with all of them, and the constructor of functions, which makes none: only packages name these. */
const packageGlobals: ReadonlySet<string> = new Set(['globalThis', 'Function']);

/** The names of all of them. */
export const realmGlobalNames: readonly string[] = [...realmGlobals, ...packageGlobals];

/** Whether the realm has the global. */
export function isRealmGlobal(name: string): boolean {
  return realmGlobals.has(name) || packageGlobals.has(name);
}

/** What CommonJS gives to a file. */
export const commonJsNames: ReadonlySet<string> = new Set(['module', 'exports']);

/** Impure globals, by what they reach. */
const impureGlobals: Readonly<Record<string, string>> = {
  ...all('the clock', 'performance', 'Temporal'),
  ...all('randomness', 'crypto'),
  ...all(
    'the network',
    'fetch',
    'WebSocket',
    'EventSource',
    'XMLHttpRequest',
    'Request',
    'Response',
    'navigator',
  ),
  ...all('a timer', 'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask'),
  ...all('a timer', 'clearTimeout', 'clearInterval', 'clearImmediate', 'requestAnimationFrame'),
  ...all('the process', 'process', 'Buffer', 'require', 'module', 'exports', '__dirname', '__filename'),
  ...all('every global', 'globalThis', 'global', 'window', 'self'),
  ...all('code generated at run time', 'eval', 'Function'),
  ...all('the console', 'console'),
  ...all('the locale of the machine', 'Intl'),
  ...all('asynchronous work', 'Promise', 'Atomics', 'SharedArrayBuffer', 'Worker', 'MessageChannel'),
  ...all('the garbage collector', 'WeakRef', 'FinalizationRegistry'),
  ...all('objects that cannot be frozen', 'Proxy'),
};

/** Members of realm globals that compute may not use, by what they reach. */
const impureMembers: Readonly<Record<string, string>> = {
  'Math.random': 'randomness',
  'Date.now': 'the clock',
  'Error.captureStackTrace': 'the places of code',
  'Error.stackTraceLimit': 'the places of code',
};

/** The fault of a use of a global, if it has one. `member`: the name after the dot, if there is one. */
export function globalFault(name: string, member: string | undefined): string | undefined {
  const used = member === undefined ? name : `${name}.${member}`;
  const reached = Object.hasOwn(impureMembers, used) ? impureMembers[used] : undefined;
  if (reached !== undefined) return `uses ${used} (${reached})`;
  if (realmGlobals.has(name)) return undefined;
  const outside = Object.hasOwn(impureGlobals, name) ? impureGlobals[name] : undefined;
  return outside === undefined
    ? `uses ${name}, which is neither declared in the project nor a known pure global`
    : `uses ${used} (${outside})`;
}

export const globalHint =
  'compute may use its view, constants, functions of the project and pure globals (Math, Number, Array, Object, JSON, Map, Set, …)';

function all(reached: string, ...names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, reached]));
}

/** Names that mean the same everywhere. */
export const unchangeable: ReadonlySet<string> = new Set(['undefined', 'NaN', 'Infinity', 'arguments']);
