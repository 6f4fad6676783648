import { generateKeyPairSync } from 'node:crypto';
import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { createSubmissionActivities } from '../../activities/submission.js';
import { submitRequestToWire } from '../../proto/convert/submission.js';
import { RegisterSubmissionRequestSchema } from '../../proto/gen/qmtl/v1/steps_pb.js';
import { withSignatures } from '../../sdk/submission/code-signatures.js';
import { memoryStores } from '../../workers/stores/stores.js';
import { processMetrics } from '../../workers/telemetry/metrics.js';
import { signatureAudit } from '../../workers/telemetry/signature-audit.js';
import { noSignals } from '../no-signals.js';
import { sampleSubmission } from '../samples.js';

function newKey(): string {
  return generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

test('every signature that is verified is a line of the log and a count, with key, code, node and reason', async () => {
  const lines: unknown[] = [];
  const metrics = processMetrics('test', 'worker', Date.now);
  const log = (level: string, message: string, fields?: object) => lines.push({ level, message, ...fields });
  const { graph, topics } = memoryStores(Date.now);
  const activities = createSubmissionActivities({
    graph,
    topics,
    signals: noSignals,
    namespacePolicy: 'world-domain',
    now: Date.now,
    onSignature: signatureAudit({ log, metrics }),
  });
  const submission = withSignatures(
    withSignatures(sampleSubmission({ nodes: 2, module: '// m' }), newKey()),
    newKey(),
  );
  const request = create(RegisterSubmissionRequestSchema, {
    submission: submitRequestToWire(submission, { traceparent: '', requestId: '' }),
  });
  const [forged, real] = request.submission?.code[0]?.signatures ?? [];
  if (forged === undefined || real === undefined) throw new Error('not signed twice');
  forged.sig = real.sig;
  expect((await activities.registerSubmission(request)).outcome.case).toBe('refused');
  const about = {
    code_hash: submission.artifacts.code[0]?.codeHash,
    node_id: submission.dag.nodes[0]?.nodeId,
    nodes: 2,
  };
  expect(lines).toEqual([
    {
      level: 'warn',
      message: 'signature refused',
      outcome: 'not-of-this-text',
      key_id: forged.keyid,
      ...about,
    },
    { level: 'info', message: 'signature accepted', outcome: 'accepted', key_id: real.keyid, ...about },
  ]);
  const text = await metrics.text();
  expect(text).toContain('code_signature_verifications_total{outcome="not-of-this-text"} 1\n');
  expect(text).toContain('code_signature_verifications_total{outcome="accepted"} 1\n');
});
