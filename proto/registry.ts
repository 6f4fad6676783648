import { createRegistry } from '@bufbuild/protobuf';
import { file_qmtl_v1_api } from './gen/qmtl/v1/api_pb.js';
import { file_qmtl_v1_artifacts } from './gen/qmtl/v1/artifacts_pb.js';
import { file_qmtl_v1_events } from './gen/qmtl/v1/events_pb.js';
import { file_qmtl_v1_steps } from './gen/qmtl/v1/steps_pb.js';
import { file_qmtl_v1_submission } from './gen/qmtl/v1/submission_pb.js';

/** Every message of the wire, by name. */
export const messageRegistry = createRegistry(
  file_qmtl_v1_submission,
  file_qmtl_v1_steps,
  file_qmtl_v1_events,
  file_qmtl_v1_api,
  file_qmtl_v1_artifacts,
);
