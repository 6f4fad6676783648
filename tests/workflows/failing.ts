/** The same object, but one method throws the first `failures` times it is called. */
export function failing<T extends object>(
  target: T,
  method: keyof T,
  failures: number,
  error: () => Error,
): T {
  let left = failures;
  return new Proxy(target, {
    get(object, property, receiver) {
      const value: unknown = Reflect.get(object, property, receiver);
      if (property !== method || typeof value !== 'function') return value;
      return async (...args: unknown[]) => {
        left -= 1;
        if (left >= 0) throw error();
        return Reflect.apply(value, object, args);
      };
    },
  });
}
