/** Globals that compute may use: they read no outside state, and change nothing but copies of their arguments. */
const pureGlobals: ReadonlySet<string> = new Set([
  'undefined',
  'NaN',
  'Infinity',
  'isFinite',
  'isNaN',
  'parseFloat',
  'parseInt',
  'Number',
  'String',
  'Boolean',
  'BigInt',
  'Array',
  'Map',
  'Set',
  'Float64Array',
  'Float32Array',
  'Int32Array',
  'Uint32Array',
  'Int16Array',
  'Uint16Array',
  'Int8Array',
  'Uint8Array',
  'BigInt64Array',
  'BigUint64Array',
  'Error',
  'TypeError',
  'RangeError',
  'structuredClone',
]);

/** Globals of which only some members are pure: allowed as `Name.member`, never alone. */
const pureMembers: Readonly<Record<string, (member: string) => boolean>> = {
  Math: (member) => member !== 'random',
  Object: oneOf('keys', 'values', 'entries', 'fromEntries', 'assign', 'freeze', 'isFrozen', 'hasOwn', 'is'),
  JSON: oneOf('parse', 'stringify'),
  Date: oneOf('UTC'),
};

/** Impure globals, by what they reach. */
const impureGlobals: Readonly<Record<string, string>> = {
  ...all('the clock', 'Date', 'performance', 'Temporal'),
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
  ...all('the internals of other objects', 'Reflect', 'Proxy', 'Symbol', 'WeakRef', 'WeakMap', 'WeakSet'),
};

/** The fault of a use of a global, if it has one. `member`: the name after the dot, if there is one. */
export function globalFault(name: string, member: string | undefined): string | undefined {
  if (pureGlobals.has(name)) return undefined;
  const isPureMember = Object.hasOwn(pureMembers, name) ? pureMembers[name] : undefined;
  if (name === 'Math' && member === 'random') return 'uses Math.random (randomness)';
  if (isPureMember !== undefined && member !== undefined && isPureMember(member)) return undefined;
  const used = member === undefined ? name : `${name}.${member}`;
  const reached = Object.hasOwn(impureGlobals, name) ? impureGlobals[name] : undefined;
  if (reached !== undefined) return `uses ${used} (${reached})`;
  return isPureMember === undefined
    ? `uses ${name}, which is neither declared in the project nor a known pure global`
    : `uses ${used}, which is not one of the pure members of ${name}`;
}

/** Whether compute may use the global at all; if so, no code of the project may change it. */
export function isPureGlobal(name: string): boolean {
  return pureGlobals.has(name) || Object.hasOwn(pureMembers, name);
}

export const globalHint =
  'compute may use its view, constants, functions of the project and pure globals (Math, Number, Array, Object, JSON, Map, Set, …)';

/** Members that are impure on every object. */
const impureMembers: Readonly<Record<string, string>> = {
  ...all(
    'the internals of other objects',
    '__proto__',
    'prototype',
    'constructor',
    'caller',
    'callee',
    'buffer',
  ),
  ...all('another this', 'call', 'apply', 'bind'),
  ...all(
    'the locale of the machine',
    'localeCompare',
    'toLocaleString',
    'toLocaleDateString',
    'toLocaleTimeString',
  ),
  ...all('the locale of the machine', 'toLocaleUpperCase', 'toLocaleLowerCase'),
  ...all(
    'the time zone of the machine',
    'getFullYear',
    'getMonth',
    'getDate',
    'getDay',
    'getHours',
    'getMinutes',
  ),
  ...all('the time zone of the machine', 'getTimezoneOffset', 'getYear', 'toDateString', 'toTimeString'),
};

export function memberFault(member: string): string | undefined {
  const reached = Object.hasOwn(impureMembers, member) ? impureMembers[member] : undefined;
  return reached === undefined ? undefined : `uses .${member} (${reached})`;
}

/** Methods of built-in objects that change their object. */
export const mutators: ReadonlySet<string> = new Set([
  ...['push', 'pop', 'shift', 'unshift', 'splice', 'sort', 'reverse', 'fill', 'copyWithin'],
  ...['set', 'add', 'delete', 'clear', 'next'],
  ...[
    'setTime',
    'setUTCFullYear',
    'setUTCMonth',
    'setUTCDate',
    'setUTCHours',
    'setUTCMinutes',
    'setUTCSeconds',
  ],
]);

/** The mutators that return their object. */
export const chainingMutators: ReadonlySet<string> = new Set([
  'sort',
  'reverse',
  'fill',
  'copyWithin',
  'set',
  'add',
]);

/** Methods of built-in objects that return a new array or object. */
export const copyingMethods: ReadonlySet<string> = new Set([
  ...['map', 'filter', 'slice', 'concat', 'flat', 'flatMap', 'toSorted', 'toReversed', 'toSpliced', 'with'],
  'split',
]);

/** Built-in functions that return a new array or object, as `Name.member`. */
export const copyingFunctions: ReadonlySet<string> = new Set([
  ...['Array.from', 'Array.of', 'Object.keys', 'Object.values', 'Object.entries', 'Object.fromEntries'],
  ...['Float64Array.from', 'Float64Array.of', 'JSON.parse', 'structuredClone', 'Array'],
]);

/** Methods that return an iterator, which yields different values when it is read again. */
export const iteratorMethods: ReadonlySet<string> = new Set(['values', 'keys', 'entries', 'matchAll']);

function oneOf(...names: readonly string[]): (name: string) => boolean {
  return (name) => names.includes(name);
}

function all(reached: string, ...names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, reached]));
}
