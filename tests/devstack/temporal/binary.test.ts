import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findOnPath } from '../../../devstack/process/tool.js';
import { checkTemporalBinary, parseTemporalVersion } from '../../../devstack/temporal/binary.js';
import { scratchFolder, writeScript } from '../scratch-folder.js';

describe('the version of a `temporal` command', () => {
  test.each([
    [
      'a release',
      'temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)',
      { usable: true, serverVersion: '1.29.1' },
    ],
    [
      'a build',
      'temporal version 0.0.0-DEV (Server 1.29.1, UI 2.42.1)',
      { usable: true, serverVersion: '1.29.1' },
    ],
    [
      'the oldest',
      'temporal version 1.3.0 (Server 1.28.0, UI 2.37.0)',
      { usable: true, serverVersion: '1.28.0' },
    ],
    [
      'a later major',
      'temporal version 2.0.0 (Server 2.0.0, UI 3.0.0)',
      { usable: true, serverVersion: '2.0.0' },
    ],
  ])('the version of a `temporal` command is read from %s', (_, printed, check) => {
    expect(parseTemporalVersion(printed)).toEqual(check);
  });

  test.each([
    ['too old', 'temporal version 1.2.0 (Server 1.27.9, UI 2.31.2)', '1.27'],
    ['far too old', 'temporal version 0.10.0 (Server 0.99.0, UI 2.31.2)', '0.99'],
    ['another program', 'Temporal Anomaly Detector 3.1', 'version of a Temporal CLI'],
    ['silent', '', 'version of a Temporal CLI'],
  ])('a `temporal` command is refused when it is %s', (_, printed, why) => {
    expect(parseTemporalVersion(printed)).toEqual({ usable: false, why: expect.stringContaining(why) });
  });
});

describe('a `temporal` file', () => {
  test('a `temporal` file is used once it has run', async () => {
    const path = writeScript(
      join(scratchFolder(), 'temporal'),
      'echo "temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)"',
    );
    expect(await checkTemporalBinary(path, process.env)).toEqual({ usable: true, serverVersion: '1.29.1' });
  });

  test('a `temporal` file that fails is refused with its message', async () => {
    const path = writeScript(join(scratchFolder(), 'temporal'), 'echo "cannot open libfoo.so" >&2; exit 3');
    const check = await checkTemporalBinary(path, process.env);
    expect(check).toEqual({ usable: false, why: expect.stringMatching(/code 3 .*libfoo/) });
  });

  test('an incomplete `temporal` file is refused', async () => {
    const path = writeScript(join(scratchFolder(), 'temporal'), '');
    writeFileSync(path, Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0]));
    expect(await checkTemporalBinary(path, process.env)).toMatchObject({ usable: false });
  });
});

describe('looking on PATH', () => {
  test('the search on PATH finds the first executable file', async () => {
    const folder = scratchFolder();
    mkdirSync(join(folder, 'a', 'tool'), { recursive: true });
    mkdirSync(join(folder, 'b'));
    writeFileSync(join(folder, 'b', 'tool'), 'not executable');
    const [c, d] = [writeScript(join(folder, 'c', 'tool'), ''), writeScript(join(folder, 'd', 'tool'), '')];
    const PATH = ['', 'a', 'b', 'c', 'd'].map((name) => (name === '' ? '' : join(folder, name))).join(':');
    expect([await findOnPath('tool', { PATH }), d]).toEqual([c, join(folder, 'd', 'tool')]);
  });

  test.each([{}, { PATH: '' }, { PATH: '/no/such/folder' }])(
    'the search on PATH finds nothing in %o',
    async (env) => {
      expect(await findOnPath('tool', env)).toBeUndefined();
    },
  );
});
