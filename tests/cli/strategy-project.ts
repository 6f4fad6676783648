import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { folderWith } from './fake-io.js';

/** URL of the SDK's sources. */
export const sdk = pathToFileURL(resolve(import.meta.dirname, '../../sdk/index.ts')).href;

const rows = Array.from({ length: 40 }, (_, index) => {
  const date = new Date(Date.UTC(2020, 0, 1 + index)).toISOString().slice(0, 10);
  return `${date},${(100 + 10 * Math.sin(index)).toFixed(3)}`;
});

/** A strategy over forty days of one column; `window` is the length of its average. */
export function strategyText(window = 5, id = 'small'): string {
  return `import { bars, csv, days, node, source, strategy } from 'qmtl';
const price = source('price', {
  type: 'Price', interval: days(1), output: { close: 'float64' }, tags: ['btc', 'price'],
  data: csv(new URL('./prices.csv', import.meta.url)),
});
const average = node('average', {
  inputs: { price }, period: bars(${window}), tags: ['btc', 'average'], compute: (view) => view.price.close.mean(),
});
const position = node('position', {
  type: 'PortfolioWeight', inputs: { price, average }, output: { weight: 'float64' }, tags: ['btc'],
  compute: (view) => ({ weight: view.price.close.at(-1) > view.average.value.at(-1) ? 1 : 0 }),
});
export default strategy('${id}', { version: 'v2', outputs: { position }, traded: price });
`;
}

/** An author's project with this library installed, and the strategy in small.ts. */
export function strategyProject(files: Readonly<Record<string, string | Uint8Array>> = {}): string {
  return folderWith({
    'package.json': '{"type":"module"}',
    'node_modules/qmtl/package.json':
      '{"name":"qmtl","version":"1.0.0","type":"module","exports":"./index.ts"}',
    'node_modules/qmtl/index.ts': `export { bars, csv, days, node, source, strategy } from '${sdk}';`,
    'prices.csv': `date,close\n${rows.join('\n')}\n`,
    'small.ts': strategyText(),
    ...files,
  });
}
