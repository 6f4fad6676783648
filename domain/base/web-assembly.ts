import { QmtlError } from './errors.js';

// Imported before what needs it, which would only say that a name is not defined.
if (!('WebAssembly' in globalThis)) {
  throw new QmtlError(
    'E_CONFIG',
    'this process of Node has no WebAssembly, which computes the hashes of ids',
    {
      hint: 'start Node without --jitless and --no-expose-wasm',
    },
  );
}
