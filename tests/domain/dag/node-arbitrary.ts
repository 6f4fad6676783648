import * as fc from 'fast-check';

/** Text a hashed field may hold. */
const field = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
  .map((text) => text.replace(/[|\s\p{Control}]/gu, 'x'));

/** A name `dependencyIds: 'any'` accepts. */
const dependencyName = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 8 })
  .map((text) => text.replace(/[|,\s\p{Control}]/gu, 'x'));

/** A node document with every hashed field, accepted with dependencies of any name. */
export const nodeDocument = fc.record({
  node_type: field.filter((text) => text !== 'TagQueryNode'),
  interval: fc.nat(86_400),
  period: fc.nat(1_000),
  params: fc.dictionary(
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 6 }),
    fc.jsonValue({ maxDepth: 2, stringUnit: 'grapheme' }),
    { maxKeys: 4 },
  ),
  dependencies: fc.uniqueArray(dependencyName, { maxLength: 5 }),
  schema_compat_id: field,
  code_hash: field,
});
