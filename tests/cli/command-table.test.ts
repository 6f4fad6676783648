import { describe, expect, test } from 'vitest';
import { commandTable } from '../../cli/command-table.js';
import { needing } from '../../sdk/submission/optional-packages.js';
import { fakeIo, run } from './fake-io.js';

test.each(commandTable.map((entry) => [entry.name, entry] as const))(
  'the list of commands has the description of %s',
  async (name, entry) => {
    const command = await entry.load(fakeIo());
    expect([command.name(), command.description()]).toEqual([name, entry.summary]);
  },
);

test('the list of commands shows the arguments of each', async () => {
  const { out } = await run(['--help']);
  expect(out).toMatch(/^ {2}submit \[options\] <file> /m);
});

/** The error Node throws. */
const notFound = (name: string): Promise<never> =>
  Promise.reject(
    Object.assign(new Error(`Cannot find package '${name}' imported from /app/dist/a.js`), {
      code: 'ERR_MODULE_NOT_FOUND',
    }),
  );

describe('a package that is not installed', () => {
  test('a missing package of the client is named with the line that installs all it needs', async () => {
    await expect(needing('client', () => notFound('@temporalio/client'))).rejects.toMatchObject({
      code: 'E_TOOL_MISSING',
      message: 'the package @temporalio/client is not installed',
      hint: expect.stringMatching(
        /^npm install @temporalio\/client@[\d.]+ @temporalio\/common@[\d.]+ @temporalio\/proto@[\d.]+ @temporalio\/workflow@[\d.]+ protobufjs@[\d.]+$/,
      ),
    });
  });

  test('a missing package of the control plane is named with the line that installs them all', async () => {
    await expect(needing('control-plane', () => notFound('kafkajs'))).rejects.toMatchObject({
      hint: expect.stringMatching(/^npm install .*@temporalio\/worker@.* kafkajs@.* neo4j-driver@/),
    });
  });

  test.each(['left-pad', 'kafkajs'])(
    'a missing %s, which the client does not need, is an internal error',
    async (name) => {
      await expect(needing('client', () => notFound(name))).rejects.toMatchObject({
        code: 'ERR_MODULE_NOT_FOUND',
      });
    },
  );

  test('another failure is not taken for a missing package', async () => {
    const other = new TypeError('no');
    await expect(needing('client', () => Promise.reject(other))).rejects.toBe(other);
  });
});
