const quietNanHigh = 0x7ff80000;

/**
 * Writes a float64, little-endian, and answers the offset behind it.
 *
 * There are 2⁵³ NaNs, and which one an operation gives depends on the processor and on how far the engine has optimised
 * the code: written as they are, equal outputs would differ in their bytes. So every NaN is written as one.
 */
export function writeFloat64(into: DataView, offset: number, value: number): number {
  if (Number.isNaN(value)) {
    into.setUint32(offset, 0, true);
    into.setUint32(offset + 4, quietNanHigh, true);
  } else {
    into.setFloat64(offset, value, true);
  }
  return offset + 8;
}
