import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { z } from 'zod';

/** The packages installed by npm. */
const installed = z
  // A link to a workspace has no version of its own.
  .object({ packages: z.record(z.string(), z.object({ version: z.string().default('') })) })
  .parse(JSON.parse(readFileSync('node_modules/.package-lock.json', 'utf8')));

const copies = Object.entries(installed.packages)
  .filter(([path]) => path.endsWith('node_modules/protobufjs'))
  .map(([path, { version }]) => ({ path, major: version.split('.')[0] }));

// JSON histories do not load when Temporal's packages see more than one copy.
test('one copy of protobufjs 8 is installed; gRPC has a private version 7', () => {
  expect(copies).toEqual([
    { path: 'node_modules/@grpc/proto-loader/node_modules/protobufjs', major: '7' },
    { path: 'node_modules/protobufjs', major: '8' },
  ]);
});

test.each(['client', 'common', 'proto', 'testing', 'worker', 'workflow'])(
  '@temporalio/%s uses that copy',
  (name) => {
    const ours = createRequire(import.meta.url);
    const theirs = createRequire(ours.resolve(`@temporalio/${name}`));
    expect(theirs.resolve('protobufjs')).toBe(ours.resolve('protobufjs'));
  },
);
