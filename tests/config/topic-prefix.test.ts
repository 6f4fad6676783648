import { describe, expect, test } from 'vitest';
import { checkConfig } from '../../config/load.js';
import { limits } from '../../domain/base/limits.js';

describe('the prefix of control topics', () => {
  const withPrefix = (prefix: string) =>
    checkConfig({ file: '', text: '' }, { QMTL_KAFKA_TOPIC_PREFIX: prefix }).findings.filter(
      ({ severity }) => severity === 'error',
    );

  test('a prefix of characters that Kafka allows is accepted, up to the limit', () => {
    expect(withPrefix('desk-1.research_')).toEqual([]);
    expect(withPrefix('x'.repeat(limits.topicPrefixCharsMax))).toEqual([]);
  });

  test.each([['a b'], ['kä'], ['..'], ['__internal'], ['x'.repeat(limits.topicPrefixCharsMax + 1)]])(
    'the prefix %j is refused',
    (prefix) => {
      expect(withPrefix(prefix)).toHaveLength(1);
    },
  );
});
