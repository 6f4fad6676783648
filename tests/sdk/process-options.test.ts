import { execFileSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { refuseWithoutInspector } from '../../sdk/compile/needed-inspector.js';
import { writeFiles } from './code/code-fixture.js';

const url = pathToFileURL(resolve(import.meta.dirname, '../../sdk/index.ts')).href;

describe('options of Node that threads of compute functions do not have', () => {
  const preload = `import { isMainThread } from 'node:worker_threads';
if (!isMainThread) Math.max = () => 99;`;
  const main = `import { days, node, source, strategy } from '${url}';
const price = source('p', { type: 'Price', interval: days(1), output: { close: 'float64' } });
const LIST = [1, 2].map((one) => Math.max(one, 0));
const made = node('made', { inputs: { price }, compute: () => LIST[0] });
process.stdout.write(JSON.stringify(strategy('s', { outputs: { made } }).check()));
process.exit(0);`;

  test.each([
    ['a module that is loaded before the program', ['--import', './preload.mjs']],
    ['frozen objects of the language', ['--frozen-intrinsics', '--no-warnings']],
  ])('%s', (_what, options) => {
    const folder = writeFiles({ 'main.mts': main, 'preload.mjs': preload });
    const args = ['--import', import.meta.resolve('tsx'), ...options, join(folder, 'main.mts')];
    expect(execFileSync(process.execPath, args, { encoding: 'utf8', cwd: folder })).toBe('[]');
  });
});

describe('options of Node that are refused', () => {
  const wasm: unknown = Reflect.get(globalThis, 'WebAssembly');
  afterEach(() => {
    vi.stubGlobal('WebAssembly', wasm);
    Reflect.deleteProperty(process, 'permission');
  });

  test('without WebAssembly', async () => {
    Reflect.deleteProperty(globalThis, 'WebAssembly');
    vi.resetModules();
    await expect(import('../../domain/base/web-assembly.js')).rejects.toMatchObject({
      code: 'E_CONFIG',
      message: 'this process of Node has no WebAssembly, which computes the hashes of ids',
      hint: 'start Node without --jitless and --no-expose-wasm',
    });
  });

  test('with restricted permissions', () => {
    expect(refuseWithoutInspector).not.toThrow();
    Object.defineProperty(process, 'permission', { value: {}, configurable: true });
    expect(refuseWithoutInspector).toThrow(
      'this process of Node has restricted permissions, so it has no inspector',
    );
  });
});
