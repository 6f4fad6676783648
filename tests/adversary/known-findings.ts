/** Pairs that the product fails today, by the reason. One that passes must leave this list. */
const namesByReason: Readonly<Record<string, readonly string[]>> = {
  'state kept between bars restarts for every bar in the realm, and differs where no bar is compared': [
    'the state of an iterator that a statement changes',
    'the state of a generator that a statement changes',
    'lastIndex of a regular expression of the module, late',
    'a memo that only starts after some bars',
  ],
  'namespaces and merged declarations are refused, with a way out': [
    'two declarations of one enum',
    'a namespace with functions and constants',
    'a nested namespace and an alias',
    'a class with a namespace of its own',
    'a function with a namespace of its own',
  ],
  'an async method is refused although nothing calls it': ['a class with an async method that nothing calls'],
  'the loader folds members of another enum, and the file then counts as changed': [
    'an enum that reads another and a constant',
  ],
  'a getter cannot store its value in a constant, which is frozen': ['a memoising getter'],
  'a var that repeats a catch binding is refused, with a way out': [
    'a var that repeats a catch binding',
    'a var of a loop beside a catch binding',
  ],
};

export const knownFindings: ReadonlySet<string> = new Set(Object.values(namesByReason).flat());
