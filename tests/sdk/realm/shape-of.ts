import { type KnownObjects, type Shape, ShapeWriter } from '../../../sdk/realm/value-shape.js';

export function shapeOf(value: unknown, known: KnownObjects): Shape {
  return new ShapeWriter(known, {}).write(value);
}
