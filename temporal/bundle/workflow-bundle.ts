import { builtFile } from '../payloads/data-converter.js';

/** The prebuilt workflow bundle (`npm run build`), loaded by workers, replay and tests. */
export const workflowBundle = { codePath: builtFile('temporal/workflow-bundle.generated.js') };

export const workflowsPath = builtFile('workflows/index.js');

/** Evaluated once per worker instead of once per workflow: first activations are several times faster. */
export const preloadModules = [
  '@bufbuild/protobuf',
  '@bufbuild/protobuf/codegenv2',
  '@bufbuild/protobuf/wkt',
  builtFile('proto/gen/qmtl/v1/artifacts_pb.js'),
  builtFile('proto/gen/qmtl/v1/submission_pb.js'),
  builtFile('proto/gen/qmtl/v1/steps_pb.js'),
  builtFile('proto/convert/submission.js'),
  builtFile('proto/convert/receipt.js'),
  builtFile('proto/convert/problems.js'),
];
