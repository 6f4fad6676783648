import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { QmtlError } from '../../domain/base/errors.js';
import { toStreamKey } from '../../domain/events/control-events.js';
import type { ParkedEvent } from '../../domain/ports/graph-reads.js';
import type { RedriveAction } from '../../domain/ports/outbox.js';
import * as api from '../gen/qmtl/v1/api_pb.js';
import * as steps from '../gen/qmtl/v1/steps_pb.js';

const actionWires = {
  retry: steps.RedriveAction.RETRY,
  drop: steps.RedriveAction.DROP,
} as const satisfies Record<RedriveAction, steps.RedriveAction>;

export function redriveActionToWire(action: RedriveAction): steps.RedriveAction {
  return actionWires[action];
}

/** Throws E_USAGE for a value that names no action. */
export function redriveActionFromWire(action: steps.RedriveAction): RedriveAction {
  switch (action) {
    case steps.RedriveAction.RETRY:
      return 'retry';
    case steps.RedriveAction.DROP:
      return 'drop';
    case steps.RedriveAction.UNSPECIFIED:
      throw new QmtlError('E_USAGE', 'what to do with the parked events is missing', {
        hint: 'give the action RETRY or DROP',
      });
  }
}

export function parkedEventToWire(parked: ParkedEvent): api.ParkedEvent {
  const { id, seq, event, reason, at, parkedAt, submissionIds } = parked;
  return create(api.ParkedEventSchema, {
    id,
    stream: event === undefined ? '' : toStreamKey(event),
    seq,
    reason,
    committedAt: timestampFromMs(at),
    parkedAt: timestampFromMs(parkedAt),
    submissionIds: [...submissionIds],
  });
}
