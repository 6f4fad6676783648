import { QmtlError } from './errors.js';

declare const WebAssembly: unknown;

// Imported before what needs it, which would only say that a name is not defined.
if (typeof WebAssembly === 'undefined') {
  throw new QmtlError(
    'E_CONFIG',
    'this process of Node has no WebAssembly, which computes the hashes of ids',
    {
      hint: 'start Node without --jitless and --no-expose-wasm',
    },
  );
}
