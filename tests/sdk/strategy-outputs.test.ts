import { describe, expect, test } from 'vitest';
import { bars, days, node, source, strategy, tagQuery } from '../../sdk/index.js';

const price = source('price', { type: 'Price', interval: days(1), output: { close: 'float64' } });
const average = node('average', {
  inputs: { price },
  period: bars(5),
  compute: (view) => view.price.close.mean(),
});

describe('outputs', () => {
  const query = tagQuery('peers', { queryTags: ['momentum'], interval: days(1) });
  const withOutputs = (outputs: object): ReturnType<typeof strategy> =>
    Reflect.apply(strategy, undefined, ['s', { outputs }]);

  test('the document names the outputs of the strategy by NodeID, and they are part of the digest', () => {
    const compiled = strategy('s', { outputs: { price, average } }).compile();
    const document = strategy('s', { outputs: { price, average } }).toSubmissionDocument({
      world: 'w',
    });
    expect(document.dag).toMatchObject({ outputs: compiled.outputs });
    const renamed = strategy('s', { outputs: { price, mean: average } }).compile();
    expect(renamed.nodes.map(({ nodeId }) => nodeId)).toEqual(compiled.nodes.map(({ nodeId }) => nodeId));
    expect(renamed.dagDigest).not.toBe(compiled.dagDigest);
  });

  test.each<[string, object, string, RegExp]>([
    ['a tag query', { price, peers: query }, '/outputs/peers', /^output peers is a tag query, which reads /],
    ['only a tag query', { peers: query }, '/outputs/peers', /^output peers is a tag query, which reads /],
    [
      'a name with white space',
      { 'my output': price },
      '/outputs/my output',
      /^the name of an output is "my output"$/,
    ],
    [
      'a long name',
      { ['n'.repeat(65)]: price },
      `/outputs/${'n'.repeat(65)}`,
      /^the name of an output has 65 /,
    ],
    [
      'too many outputs',
      Object.fromEntries(Array.from({ length: 1_001 }, (_, index) => [`o${index}`, price])),
      '/outputs',
      /^the DAG has 1001 outputs; at most 1000 are allowed$/,
    ],
  ])('outputs with %s are refused by check, in terms of the author', (_what, outputs, path, message) => {
    const [problem, ...others] = withOutputs(outputs).check();
    expect(others).toEqual([]);
    expect(problem).toMatchObject({ path, message: expect.stringMatching(message) });
  });

  test('an output with a fault of its own has no second problem as an output', () => {
    const faulty = source('x', { type: 'Price|Raw', interval: days(1), output: { close: 'float64' } });
    expect(
      withOutputs({ faulty })
        .check()
        .map(({ path }) => path),
    ).toEqual(['/nodes/x/type']);
  });
});
