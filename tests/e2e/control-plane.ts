import { afterAll, beforeAll } from 'vitest';
import { loadConfig } from '../../config/load.js';
import { type AllInOne, startAllInOne } from '../../workers/all-in-one.js';
import { type FakeOptions, fakeIo } from '../cli/fake-io.js';

const anyPorts = { QMTL_API_PORT: '0', QMTL_API_OPERATIONS_PORT: '0', QMTL_CODEC_SERVER_PORT: '0' };

/** The environment of the tests; the global set-up has fetched a Temporal server. */
export const surroundings: Readonly<Record<string, string | undefined>> = { ...process.env, ...anyPorts };

export interface TestPlane {
  readonly plane: AllInOne;
  /** Options for commands to reach it. */
  readonly options: FakeOptions;
}

/** One embedded control plane for the tests of a file. */
export function controlPlane(): () => TestPlane {
  let opened: TestPlane | undefined;
  beforeAll(async () => {
    const config = loadConfig({ file: '', text: '' }, anyPorts);
    const io = fakeIo({ env: surroundings });
    const plane = await startAllInOne(io, config, { need: 'workflows', ui: false, operations: false });
    const { address, namespace } = plane.temporal;
    const env = { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace, QMTL_API_URL: plane.api.url };
    opened = { plane, options: { env } };
  });
  afterAll(() => opened?.plane.close());
  return () => {
    if (opened === undefined) throw new Error('the control plane has not started');
    return opened;
  };
}
