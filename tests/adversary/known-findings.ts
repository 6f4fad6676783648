/** Pairs that the product fails today, by the reason. One that passes must leave this list. */
const namesByReason: Readonly<Record<string, readonly string[]>> = {
  'the realm gives functions no name, and only the first 8 bars are compared with live values': [
    'the name of a function decides late',
    'the name of a class by its instance decides late',
    'the name of a class by a variable key decides late',
    'the name of a function by destructuring decides late',
    'the name of a function among its property descriptors decides late',
    'the name of a bound function decides late',
    'the description of an error names its class only by the constructor',
  ],
  'messages of the engine quote names of the printed text, and only the first 8 bars are compared': [
    'the message of a call of nothing, late',
    'the message of a write to a frozen object, late',
    'the message of what cannot be iterated, late',
    'the message of a read before the declaration, late',
    'the message of a private member that is missing, late',
    'the message of a class that is called, late',
    'the message of an error as text, late',
  ],
  'structuredClone puts the printed text of a function into its message, and loses stacks': [
    'the text of a function in the message of structuredClone, late',
    'the stack of a cloned error, late',
  ],
  'the stack of an error is empty in the realm, and only the first 8 bars are compared': [
    'Error.stack, late',
  ],
  'constants and built-ins are frozen in the realm only, which code can ask': [
    'whether a constant is frozen, late',
    'whether a constant can be extended, late',
    'the descriptor of a member of a constant, late',
    'whether a built-in is frozen, late',
    'keys of globalThis by a helper, late',
    'a descriptor of a built-in, late',
  ],
  'functions of CommonJS are called with their exports as this': [
    'a function of CommonJS is called without this',
    'a function of CommonJS is called without this, late',
  ],
  'sloppy code of CommonJS runs as strict code, and only the first 8 bars are compared': [
    'sloppy code of CommonJS that writes arguments, late',
    'sloppy code of CommonJS whose this is the global object, late',
    'sloppy code of CommonJS that boxes this, late',
  ],
  'a change from outside that the source of compute does not show, seen after the first 8 bars': [
    'a patched built-in method that shows late',
    'an effect by an alias of another file on a list, late',
    'a patched toString of numbers, late',
  ],
  'state kept between bars restarts for every bar in the realm, seen after the first 8 bars': [
    'a result of Reflect.set on a constant, late',
    'a counter in a closure of the module, late',
    'a counter in a private member, late',
    'lastIndex of a regular expression of the module, late',
    'an iterator of the module, late',
    'a memo that only starts after some bars',
    'an object that is changed by a callback, late',
    'a CommonJS file that counts its calls, late',
  ],
  'namespaces and merged declarations are refused, with a way out': [
    'two declarations of one enum',
    'a namespace with functions and constants',
    'a nested namespace and an alias',
    'a class with a namespace of its own',
    'a function with a namespace of its own',
  ],
  'an async method is refused although nothing calls it': ['a class with an async method that nothing calls'],
  'tsx rewrites classes, enums and newer patterns within compute, whose source is then not found': [
    'a class within compute',
    'a class expression within compute',
    'a private member in a class within compute',
    'an enum within compute',
    'a pattern with a Unicode property',
    'a pattern with the v flag',
  ],
  'the loader folds the constant, and the source is then not found': [
    'a huge literal is Infinity only by its value',
    'texts added',
    'typeof of constant',
  ],
};

export const knownFindings: ReadonlySet<string> = new Set(Object.values(namesByReason).flat());
