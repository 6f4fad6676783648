import { create } from '@bufbuild/protobuf';
import { isErrorCode, type Problem } from '../../domain/base/errors.js';
import * as wire from '../gen/qmtl/v1/submission_pb.js';
import { parsed } from './fields.js';

export function problemsToWire(problems: readonly Problem[], more: number): wire.ProblemList {
  return create(wire.ProblemListSchema, {
    problems: problems.map((problem) => create(wire.ProblemSchema, { ...problem })),
    more,
  });
}

export function problemsFromWire(list: wire.ProblemList | undefined): readonly Problem[] {
  return (list?.problems ?? []).map(({ code, path, message, hint }) => ({
    code: parsed(code, isErrorCode, 'code'),
    path,
    message,
    hint,
  }));
}
