import { describe, expect, test } from 'vitest';
import {
  type Attempt,
  type FailedWay,
  locateTemporal,
  type TemporalNeed,
  type TemporalWay,
  waysFor,
} from '../../../devstack/temporal/locate.js';
import { QmtlError } from '../../../domain/base/errors.js';

describe('the order of looking for a Temporal server', () => {
  const everything: readonly TemporalWay[] = waysFor('workflows');

  test.each<[TemporalNeed, string, TemporalWay[], TemporalWay[], string]>([
    ['workflows', 'all ways work', [...everything], ['path'], 'dev-server /path'],
    [
      'workflows',
      'both are cached',
      ['cached-cli', 'cached-test-server'],
      ['path', 'cached-cli'],
      'dev-server /cached-cli',
    ],
    [
      'workflows',
      'the test server is cached and the download works',
      ['cached-test-server', 'download'],
      ['path', 'cached-cli', 'cached-test-server'],
      'test-server /cached-test-server',
    ],
    [
      'workflows',
      'the download, Maven and Go work',
      ['download', 'fetch-test-server', 'go-install'],
      ['path', 'cached-cli', 'cached-test-server', 'download'],
      'dev-server /download',
    ],
    [
      'workflows',
      'Maven and Go work',
      ['fetch-test-server', 'go-install'],
      ['path', 'cached-cli', 'cached-test-server', 'download', 'fetch-test-server'],
      'test-server /fetch-test-server',
    ],
    ['workflows', 'only Go works', ['go-install'], [...everything], 'dev-server /go-install'],
    [
      'visibility',
      'the test server is cached and Go works',
      ['cached-test-server', 'fetch-test-server', 'go-install'],
      ['path', 'cached-cli', 'download', 'go-install'],
      'dev-server /go-install',
    ],
    [
      'visibility',
      'the download works',
      ['download', 'go-install'],
      ['path', 'cached-cli', 'download'],
      'dev-server /download',
    ],
    [
      'visibility',
      'a CLI is cached',
      ['cached-cli', 'download'],
      ['path', 'cached-cli'],
      'dev-server /cached-cli',
    ],
  ])('the order of looking for a Temporal server for %s, when %s', async (need, _, working, tried, found) => {
    const machine = machineWith(working);
    const source = await locateTemporal({ need, address: undefined, tryWay: machine.tryWay });
    expect(source.kind === 'external' ? 'external' : `${source.kind} ${source.path}`).toBe(found);
    expect(machine.tried).toEqual(tried);
  });

  test.each<TemporalNeed>(['workflows', 'visibility'])(
    'TEMPORAL_ADDRESS comes before anything else for %s',
    async (need) => {
      const machine = machineWith(everything);
      const source = await locateTemporal({ need, address: 'host:7233', tryWay: machine.tryWay });
      expect([source, machine.tried]).toEqual([{ kind: 'external', address: 'host:7233' }, []]);
    },
  );

  test('an empty TEMPORAL_ADDRESS counts as not given', async () => {
    const source = await locateTemporal({
      need: 'workflows',
      address: '',
      tryWay: machineWith(['path']).tryWay,
    });
    expect(source.kind).toBe('dev-server');
  });
});

describe('when no way works', () => {
  test.each<[TemporalNeed, string[]]>([
    ['workflows', ['temporal', 'JDK 17', 'Go 1.25']],
    ['visibility', ['temporal', 'Go 1.25']],
  ])('the error for %s lists each way with its reason and what to install', async (need, tools) => {
    const error = await failure(need);
    expect(error.code).toBe('E_TOOL_MISSING');
    for (const way of waysFor(need)) expect(error.message).toContain(`no ${way} here`);
    for (const tool of ['TEMPORAL_ADDRESS', ...tools]) expect(error.hint).toContain(tool);
  });

  test('each failed way to a Temporal server is reported as it happens', async () => {
    const told: FailedWay[] = [];
    await failure('visibility', (failed) => told.push(failed));
    expect(told.map(({ way }) => way)).toEqual(waysFor('visibility'));
  });
});

const fixOf: Partial<Record<TemporalWay, string>> = {
  path: 'install temporal',
  'fetch-test-server': 'install JDK 17',
  'go-install': 'install Go 1.25',
};

function machineWith(working: readonly TemporalWay[]) {
  const tried: TemporalWay[] = [];
  const tryWay = async (way: TemporalWay): Promise<Attempt> => {
    tried.push(way);
    if (working.includes(way)) return { ok: true, path: `/${way}`, detail: 'server 1.29.1' };
    const fix = fixOf[way];
    return { ok: false, why: `no ${way} here`, ...(fix === undefined ? {} : { fix }) };
  };
  return { tried, tryWay };
}

async function failure(need: TemporalNeed, onFailure?: (failed: FailedWay) => void): Promise<QmtlError> {
  const options = { need, address: undefined, tryWay: machineWith([]).tryWay };
  const error = await locateTemporal(onFailure === undefined ? options : { ...options, onFailure }).catch(
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof QmtlError)) throw new Error('no QmtlError was thrown');
  return error;
}
