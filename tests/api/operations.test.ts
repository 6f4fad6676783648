import { expect, test } from 'vitest';
import { QmtlError } from '../../domain/base/errors.js';
import { openApi } from './api-fixture.js';

test('a running process is healthy, even when its dependencies are not available', async () => {
  const { get } = await openApi({
    temporalHealth: () => Promise.reject(new QmtlError('E_TEMPORAL_UNAVAILABLE', 'secret')),
  });
  expect((await get('/healthz')).statusCode).toBe(200);
  const ready = await get('/readyz');
  expect([ready.statusCode, ready.body]).toEqual([503, 'temporal: no Temporal server answers\n']);
});

test('the API is ready when all dependencies answer', async () => {
  const { get } = await openApi();
  const { statusCode, body } = await get('/readyz');
  expect([statusCode, body]).toEqual([200, 'ok\n']);
});

test('/metrics serves the metrics for Prometheus', async () => {
  const { get } = await openApi();
  const { statusCode, body, headers } = await get('/metrics');
  expect([statusCode, body]).toEqual([200, 'up 1\n']);
  expect(headers['content-type']).toMatch(/^text\/plain/);
});
