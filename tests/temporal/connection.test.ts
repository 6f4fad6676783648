import { expect, onTestFinished, test, vi } from 'vitest';
import { QmtlError } from '../../domain/base/errors.js';
import { askTemporal, connectionError, unknownNamespace, workerError } from '../../temporal/connection.js';

const access = { address: '127.0.0.1:1', namespace: 'mine' };
const notFound = Object.assign(new Error('5 NOT_FOUND: Namespace mine is not found.'), {
  code: 5,
  details: 'Namespace mine is not found.',
  metadata: {},
});

function asking(
  describeNamespace: () => Promise<unknown>,
  getSystemInfo: () => Promise<unknown> = async () => ({}),
) {
  const deadlines: number[] = [];
  const connection = {
    withDeadline: <T>(deadline: number, ask: () => Promise<T>) => {
      deadlines.push(deadline);
      return ask();
    },
    workflowService: { getSystemInfo, describeNamespace },
  };
  return { connection, deadlines };
}

test('a server is asked itself, with a deadline', async () => {
  const { connection, deadlines } = asking(async () => ({}));
  await askTemporal(connection, access);
  expect(deadlines).toHaveLength(1);
  expect(deadlines[0]).toBeGreaterThan(Date.now() - 1);
});

test('a server that is away, and a namespace that was deleted, are two errors', async () => {
  const away = asking(
    async () => ({}),
    () => Promise.reject(new Error('14 UNAVAILABLE')),
  );
  await expect(askTemporal(away.connection, access)).rejects.toMatchObject({
    code: 'E_TEMPORAL_UNAVAILABLE',
  });
  const deleted = asking(() => Promise.reject(notFound));
  await expect(askTemporal(deleted.connection, access)).rejects.toMatchObject({
    code: 'E_CONFIG',
    message: 'the Temporal server has no namespace mine',
  });
});

test('credentials that may not describe the namespace are not refused for that', async () => {
  const denied = asking(() =>
    Promise.reject(Object.assign(new Error('7 PERMISSION_DENIED'), { code: 7, details: '', metadata: {} })),
  );
  await expect(askTemporal(denied.connection, access)).resolves.toBeUndefined();
});

test('an unknown namespace comes with the command that creates it', () => {
  expect(unknownNamespace(access, notFound).hint).toContain(
    'temporal operator namespace create --namespace mine --address 127.0.0.1:1)',
  );
  expect(unknownNamespace({ namespace: 'mine' }, notFound).hint).toContain('create --namespace mine)');
});

test.each([
  ['Namespace mine was not found or otherwise could not be described: Status { code: NotFound }', 'E_CONFIG'],
  ['Status { code: PermissionDenied }', 'E_CONFIG'],
])('a worker that cannot begin says why: %s', (message, code) => {
  expect(workerError(access, new Error('outer', { cause: new Error(message) }))).toMatchObject({ code });
});

test('another error of a worker stays what it is', () => {
  const error = new QmtlError('E_INTERNAL', 'a bug');
  expect(workerError(access, error)).toBe(error);
});

test('an error of a connection that goes through a proxy names its variable', () => {
  vi.stubEnv('grpc_proxy', 'http://proxy:3128');
  onTestFinished(() => void vi.unstubAllEnvs());
  const far = { address: 'temporal.example.com:7233' };
  expect(connectionError(far, new Error('UNAVAILABLE'))).toMatchObject({
    code: 'E_TEMPORAL_UNAVAILABLE',
    message: expect.stringContaining('through the proxy'),
    hint: expect.stringMatching(/^grpc_proxy .*no_proxy/),
  });
  expect(connectionError(access, new Error('UNAVAILABLE')).hint).not.toContain('proxy');
});
