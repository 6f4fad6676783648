import { createRequire } from 'node:module';
import { join } from 'node:path';
import { bars, days, node, source, strategy } from '../../sdk/index.js';
import type { ComputeNode } from '../../sdk/nodes/node.js';
import { type Sources, withoutFolder, writeFiles } from './code/code-fixture.js';

const price = source('price', {
  type: 'Price',
  interval: days(1),
  output: { close: 'float64' },
  data: { description: 'no bars', read: async () => [] },
});

export async function load(sources: Sources): Promise<object> {
  const [main = 'main.ts'] = typeof sources === 'string' ? ['main.ts'] : Object.keys(sources);
  const path = join(writeFiles(sources), main);
  const loaded: unknown = main.endsWith('.cjs')
    ? createRequire(import.meta.url)(path)
    : await import(/* @vite-ignore */ path);
  return Object(loaded);
}

export function problemsOf(loaded: object): readonly string[] {
  const definition = { inputs: { price }, period: bars(1), compute: Reflect.get(loaded, 'compute') };
  const made: ComputeNode = Reflect.apply(node, undefined, ['made', definition]);
  const found = strategy('made', { outputs: { made } }).check();
  return found.map(({ code, message }) => withoutFolder(`${code} ${message}`));
}

export const differs = (name: string, says: string, at = 'main.ts:2:34') =>
  `E_CAPTURE ${at}: captures ${name}, which has another value in the program than in its source: ${says}`;
