const quietNanHigh = 0x7ff80000;

/**
 * Writes a float64, little-endian, and returns the offset after it.
 *
 * There are about 2⁵³ NaNs, and which of them an operation produces depends on the processor and on how far the engine has
 * optimised the code, so equal outputs could differ in their bytes. Therefore every NaN is written as the same one.
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
