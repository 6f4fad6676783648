import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { timestampFromMs, timestampMs } from '@bufbuild/protobuf/wkt';
import { QmtlError } from '../../domain/base/errors.js';
import type { TopicLogLine } from '../../domain/topics/topic-log.js';
import * as wire from '../gen/qmtl/v1/topic_log_pb.js';

/** Lines of the topic administration log (`domain/topics/topic-log.ts`) as records. */

const actionToWire = {
  created: wire.TopicAction.CREATE,
  removed: wire.TopicAction.REMOVE,
} as const satisfies Record<TopicLogLine['action'], wire.TopicAction>;

const actionFromWire = {
  [wire.TopicAction.UNSPECIFIED]: undefined,
  [wire.TopicAction.CREATE]: 'created',
  [wire.TopicAction.REMOVE]: 'removed',
} as const satisfies Record<wire.TopicAction, TopicLogLine['action'] | undefined>;

const stageToWire = {
  intent: wire.TopicLogStage.INTENT,
  done: wire.TopicLogStage.DONE,
  'not-done': wire.TopicLogStage.NOT_DONE,
} as const satisfies Record<TopicLogLine['stage'], wire.TopicLogStage>;

const stageFromWire = {
  [wire.TopicLogStage.UNSPECIFIED]: undefined,
  [wire.TopicLogStage.INTENT]: 'intent',
  [wire.TopicLogStage.DONE]: 'done',
  [wire.TopicLogStage.NOT_DONE]: 'not-done',
} as const satisfies Record<wire.TopicLogStage, TopicLogLine['stage'] | undefined>;

export function topicLogLineToBytes(line: TopicLogLine): Uint8Array {
  const { requestId, topic, workflowId, reason, detail, installation } = line;
  return toBinary(
    wire.TopicLogLineSchema,
    create(wire.TopicLogLineSchema, {
      requestId,
      action: actionToWire[line.action],
      stage: stageToWire[line.stage],
      topic,
      workflowId,
      reason,
      at: timestampFromMs(line.at),
      detail,
      installation,
    }),
  );
}

export function topicLogLineFromBytes(bytes: Uint8Array): TopicLogLine {
  const line = fromBinary(wire.TopicLogLineSchema, bytes);
  const { action, stage, at, requestId, topic, workflowId, reason, detail, installation } = line;
  return {
    requestId,
    action: actionFromWire[action] ?? malformed('action'),
    stage: stageFromWire[stage] ?? malformed('stage'),
    topic,
    workflowId,
    reason,
    at: at === undefined ? malformed('time') : timestampMs(at),
    detail,
    installation,
  };
}

function malformed(field: string): never {
  throw new QmtlError('E_SCHEMA_INVALID', `the line of the topic log has no usable ${field}`);
}
