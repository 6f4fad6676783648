declare const brand: unique symbol;

/** A share in whole basis points, 0 … 10,000. Shares that are fractions do not add up: 0.1 + 0.2 is not 0.3. */
export type BasisPoints = number & { readonly [brand]: 'BasisPoints' };

const whole = 10_000;

export function isBasisPoints(value: number): value is BasisPoints {
  return Number.isInteger(value) && value >= 0 && value <= whole;
}

/** The share that a fraction stands for, as other systems write it; undefined unless it is one of 0.0000, 0.0001, … 1.0000. */
export function basisPointsOf(fraction: number): BasisPoints | undefined {
  const points = Math.round(fraction * whole);
  return isBasisPoints(points) && points / whole === fraction ? points : undefined;
}

export function fractionOf(points: BasisPoints): number {
  return points / whole;
}
