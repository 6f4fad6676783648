/** The same object, but one method throws the first `failures` times it is called. */
export function failing<T extends object>(
  target: T,
  method: keyof T,
  failures: number,
  error: () => Error,
): T {
  let left = failures;
  const fails = () => {
    left -= 1;
    return left >= 0;
  };
  return failingWhile(target, method, fails, error);
}

/** The same object, but one method throws while `fails` says so. */
export function failingWhile<T extends object>(
  target: T,
  method: string | keyof T,
  fails: () => boolean,
  error: () => Error,
): T {
  return new Proxy(target, {
    get(object, property, receiver) {
      const value: unknown = Reflect.get(object, property, receiver);
      if (property !== method || typeof value !== 'function') return value;
      return async (...args: unknown[]) => {
        if (fails()) throw error();
        return Reflect.apply(value, object, args);
      };
    },
  });
}
