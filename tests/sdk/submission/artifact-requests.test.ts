import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { toNodeCode } from '../../../domain/artifacts/node-code.js';
import { limits } from '../../../domain/base/limits.js';
import { artifactRequests } from '../../../sdk/submission/artifact-requests.js';
import { encodedBytes } from '../../../temporal/payloads/data-converter.js';
import { accepted, sampleDocument, sampleNode } from '../../samples.js';

function submissionOf(modules: readonly string[]) {
  const nodes = modules.map((module, index) =>
    sampleNode({ code_hash: toNodeCode(module, '[]').codeHash, params: { index }, dependencies: [] }),
  );
  const code = modules.map((module) => ({ module, inputs: [] }));
  return accepted({ ...sampleDocument({ nodes: 1 }), dag: { nodes }, code });
}

describe('requests to store artifacts', () => {
  test.each([
    ['that hardly compress', () => randomBytes(3 * 250_000).toString('base64'), 8],
    ['that are small', () => randomBytes(4).toString('hex'), limits.artifactPartTextsMax + 1],
  ])('modules %s are in requests that each fit into one payload', async (_which, moduleOf, count) => {
    const submission = submissionOf(Array.from({ length: count }, moduleOf));
    const requests = await artifactRequests(submission);
    expect(requests.length).toBeGreaterThan(1);
    for (const request of requests) {
      const bytes = await encodedBytes(request, limits.submissionEncodedBytesMax);
      expect(bytes).toBeLessThanOrEqual(limits.submissionEncodedBytesMax);
      expect(request.code.length).toBeLessThanOrEqual(limits.artifactPartTextsMax);
    }
    const sent = requests.flatMap(({ code }) => code.map(({ module }) => module));
    expect(sent).toEqual(submission.artifacts.code.map(({ text }) => text));
  });

  test('a submission without artifacts needs no request', async () => {
    const submission = submissionOf(['// m']);
    expect(await artifactRequests({ ...submission, artifacts: { code: [], schemas: [] } })).toEqual([]);
  });
});
