import { create, type DescField, type DescMessage, type MessageShape, ScalarType } from '@bufbuild/protobuf';
import * as fc from 'fast-check';

/** Maximum nesting of messages; below that, message fields are left out. */
const depthMax = 4;

/** Any message of a type, with every kind of field set or left out. */
export function messageArbitrary<D extends DescMessage>(
  schema: D,
  depth = depthMax,
): fc.Arbitrary<MessageShape<D>> {
  return fieldsArbitrary(schema, depth).map((fields) => Object.assign(create(schema), fields));
}

function fieldsArbitrary(schema: DescMessage, depth: number): fc.Arbitrary<object> {
  if (schema.typeName === 'google.protobuf.Timestamp') return timestampFields;
  const plain = schema.fields.filter((field) => field.oneof === undefined);
  const parts = plain.flatMap((field) => {
    const value = fieldArbitrary(field, depth);
    return value === undefined ? [] : [optional(field.localName, value)];
  });
  const oneofs = schema.oneofs.map((oneof) => {
    const cases = oneof.fields.flatMap((field) => {
      const value = fieldArbitrary(field, depth);
      return value === undefined ? [] : [value.map((chosen) => ({ case: field.localName, value: chosen }))];
    });
    return optional(oneof.localName, fc.oneof(...cases));
  });
  return fc.tuple(...parts, ...oneofs).map((fields): object => Object.assign({}, ...fields));
}

function optional(name: string, value: fc.Arbitrary<unknown>): fc.Arbitrary<object> {
  return fc.option(value, { nil: undefined }).map((given) => (given === undefined ? {} : { [name]: given }));
}

function fieldArbitrary(field: DescField, depth: number): fc.Arbitrary<unknown> | undefined {
  switch (field.fieldKind) {
    case 'scalar':
      return scalarArbitrary(field.scalar);
    case 'enum':
      return fc.constantFrom(...field.enum.values.map((value) => value.number));
    case 'message':
      return depth === 0 ? undefined : messageArbitrary(field.message, depth - 1);
    case 'list': {
      const element = elementArbitrary(field, depth);
      return element === undefined ? undefined : fc.array(element, { maxLength: 3 });
    }
    case 'map': {
      const element = elementArbitrary(field, depth);
      return element === undefined
        ? undefined
        : fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), element, { maxKeys: 3 });
    }
  }
}

function elementArbitrary(
  field: DescField & { readonly fieldKind: 'list' | 'map' },
  depth: number,
): fc.Arbitrary<unknown> | undefined {
  if (field.scalar !== undefined) return scalarArbitrary(field.scalar);
  if (field.enum !== undefined) return fc.constantFrom(...field.enum.values.map((value) => value.number));
  return field.message === undefined || depth === 0 ? undefined : messageArbitrary(field.message, depth - 1);
}

function scalarArbitrary(scalar: ScalarType): fc.Arbitrary<unknown> {
  switch (scalar) {
    case ScalarType.STRING:
      return fc.string({ unit: 'grapheme', maxLength: 20 });
    case ScalarType.BOOL:
      return fc.boolean();
    case ScalarType.BYTES:
      return fc.uint8Array({ maxLength: 20 });
    case ScalarType.DOUBLE:
      // To protobuf-es, NaN differs from NaN.
      return fc.double({ noNaN: true });
    case ScalarType.FLOAT:
      return fc.float({ noNaN: true });
    case ScalarType.INT32:
    case ScalarType.SINT32:
    case ScalarType.SFIXED32:
      return fc.integer();
    case ScalarType.UINT32:
    case ScalarType.FIXED32:
      return fc.nat(2 ** 32 - 1);
    case ScalarType.INT64:
    case ScalarType.SINT64:
    case ScalarType.SFIXED64:
      return fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    case ScalarType.UINT64:
    case ScalarType.FIXED64:
      return fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
  }
}

/** Years 1 … 9999, the range of a Timestamp. */
const timestampFields = fc.record({
  seconds: fc.bigInt({ min: -62_135_596_800n, max: 253_402_300_799n }),
  nanos: fc.nat(999_999_999),
});
