import { artifactParts, halvesOf } from '../../domain/artifacts/artifact-parts.js';
import { QmtlError } from '../../domain/base/errors.js';
import { limits } from '../../domain/base/limits.js';
import type { Submission } from '../../domain/submissions/submission.js';
import { artifactPartToWire } from '../../proto/convert/artifact-parts.js';
import type { AddArtifactsRequest } from '../../proto/gen/qmtl/v1/artifacts_pb.js';

/** Compressed, most parts of this size fit into one payload. */
const partBounds = {
  textsMax: limits.artifactPartTextsMax,
  unitsMax: 4 * 1024 * 1024,
  usersMax: 2 * limits.artifactPartTextsMax,
};

/** What a submission brings beside its DAG, in requests that each fit into one payload of Temporal. */
export async function artifactRequests({ artifacts, dag }: Submission): Promise<AddArtifactsRequest[]> {
  const { encodedBytes } = await import('../../temporal/payloads/data-converter.js');
  const requests: AddArtifactsRequest[] = [];
  const parts = [...artifactParts(artifacts, dag.nodes, partBounds)];
  for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
    const request = artifactPartToWire(part);
    const bytes = await encodedBytes(request, limits.submissionEncodedBytesMax);
    if (bytes <= limits.submissionEncodedBytesMax) {
      requests.push(request);
      continue;
    }
    const halves = halvesOf(part);
    if (halves === undefined) {
      const message = `one module has ${bytes} bytes, compressed; at most ${limits.submissionEncodedBytesMax} are allowed`;
      throw new QmtlError('E_LIMIT_EXCEEDED', message, { hint: 'pass tables as data of a source' });
    }
    parts.unshift(...halves);
  }
  return requests;
}
