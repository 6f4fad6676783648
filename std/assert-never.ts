/** Makes a `switch` over a closed union fail to compile when a case is missing. */
export function assertNever(value: never): never {
  throw new TypeError(`unexpected variant: ${JSON.stringify(value)}`);
}
