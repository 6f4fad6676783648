import { fixes } from '../../devstack/process/tool.js';
import { type WayOptions, waysOnThisMachine } from '../../devstack/temporal/ways.js';
import { QmtlError } from '../../domain/base/errors.js';

/**
 * The executable of the time-skipping server, fetched with Maven unless the cache has it; for workflow tests:
 * `createTimeSkipping({ server: { executable: { type: 'existing-path', path } } })`.
 */
export async function timeSkippingServer(options: WayOptions): Promise<string> {
  const tryWay = waysOnThisMachine(options);
  const cached = await tryWay('cached-test-server');
  if (cached.ok) return cached.path;
  const fetched = await tryWay('fetch-test-server');
  if (fetched.ok) return fetched.path;
  throw new QmtlError(
    'E_TOOL_MISSING',
    `the time-skipping Temporal test server cannot be had: ${fetched.why}`,
    {
      hint: `to get it, ${fixes.java}`,
    },
  );
}
