/**
 * Whether a JSON Pointer leads into a value: every step but the last must be there,
 * the last may be what is missing.
 */
export function leadsInto(value: unknown, pointer: string): boolean {
  if (pointer === '') return true;
  const steps = pointer
    .slice(1)
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  let at: unknown = value;
  for (const step of steps) {
    if (typeof at !== 'object' || at === null) return false;
    at = Reflect.get(at, step);
  }
  return pointer.startsWith('/');
}
