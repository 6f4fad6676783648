import { create, toBinary } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TopicLogLine } from '../../domain/topics/topic-log.js';
import { topicLogLineFromBytes, topicLogLineToBytes } from '../../proto/convert/topic-log.js';
import { TopicAction, TopicLogLineSchema, TopicLogStage } from '../../proto/gen/qmtl/v1/topic_log_pb.js';

const lineArbitrary: fc.Arbitrary<TopicLogLine> = fc.record({
  requestId: fc.uuid(),
  action: fc.constantFrom('created', 'removed'),
  stage: fc.constantFrom('intent', 'done', 'not-done'),
  topic: fc.string({ unit: 'grapheme' }),
  workflowId: fc.string({ unit: 'grapheme' }),
  reason: fc.string({ unit: 'grapheme' }),
  at: fc.integer({ min: 0, max: 4_102_444_800_000 }),
  detail: fc.string({ unit: 'grapheme' }),
  installation: fc.string(),
});

const whole = {
  action: TopicAction.CREATE,
  stage: TopicLogStage.DONE,
  at: timestampFromMs(1),
};

test('a line of the topic log is read unchanged', () => {
  fc.assert(
    fc.property(lineArbitrary, (line) => {
      expect(topicLogLineFromBytes(topicLogLineToBytes(line))).toEqual(line);
    }),
  );
});

describe('a line of the topic log is refused', () => {
  test.each([
    ['action', { ...whole, action: TopicAction.UNSPECIFIED }],
    ['stage', { ...whole, stage: TopicLogStage.UNSPECIFIED }],
    ['time', { action: whole.action, stage: whole.stage }],
  ])('a line without a usable %s is refused', (field, fields) => {
    const bytes = toBinary(TopicLogLineSchema, create(TopicLogLineSchema, fields));
    expect(() => topicLogLineFromBytes(bytes)).toThrow(`no usable ${field}`);
  });
});
