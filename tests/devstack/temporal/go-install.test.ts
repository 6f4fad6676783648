import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkGo, goInstallTemporal, goInstallVersion } from '../../../devstack/temporal/go-install.js';
import { scratchFolder, writeScript } from '../scratch-folder.js';

describe('a Go on PATH', () => {
  test.each([
    ['new enough', 'go1.26.8', 'local'],
    ['the oldest that builds it', 'go1.25.0', 'local'],
    ['able to fetch a newer toolchain', 'go1.21.3', 'auto'],
  ])('a Go on PATH that is %s is used', async (_, version, toolchain) => {
    const { folder, env } = goThat(`echo ${version}; echo ${toolchain}`);
    expect(await checkGo(env)).toEqual({ usable: true, path: join(folder, 'go'), version });
  });

  test.each([
    ['too old and may not fetch a toolchain', 'echo go1.24.9; echo local', 'go1.24.9 is too old, go1.25'],
    ['too old to fetch a toolchain', 'echo go1.20.14; echo', 'go1.20.14 is too old, go1.21'],
    ['broken', 'echo "cannot find GOROOT" >&2; exit 2', 'does not work'],
    ['something else', 'echo "The Go game"', 'does not work'],
  ])('a Go on PATH that is %s is refused', async (_, script, why) => {
    expect(await checkGo(goThat(script).env)).toEqual({ usable: false, why: expect.stringContaining(why) });
  });

  test('a missing Go is reported', async () => {
    expect(await checkGo({ PATH: scratchFolder() })).toEqual({
      usable: false,
      why: 'there is no `go` on PATH',
    });
  });
});

describe('building the Temporal CLI with Go', () => {
  test('go install builds the named version to the given file', async () => {
    const { folder, env } = goThat('echo "$@" > "$GOBIN/temporal"');
    const target = join(folder, 'target');
    await goInstallTemporal(target, { go: join(folder, 'go'), env, report: () => undefined });
    expect(readFileSync(target, 'utf8').trim()).toBe(
      `install -v -ldflags -s -w github.com/temporalio/cli/cmd/temporal@${goInstallVersion}`,
    );
    expect(readdirSync(folder).toSorted()).toEqual(['go', 'target']);
  });

  test('a failed go install reports the last lines of go and leaves nothing', async () => {
    const { folder, env } = goThat('echo half > "$GOBIN/temporal"; echo "go: no route to proxy" >&2; exit 1');
    const options = { go: join(folder, 'go'), env, report: () => undefined };
    await expect(goInstallTemporal(join(folder, 'target'), options)).rejects.toThrow('no route to proxy');
    expect(readdirSync(folder)).toEqual(['go']);
  });
});

function goThat(does: string) {
  const folder = scratchFolder();
  writeScript(join(folder, 'go'), does);
  return { folder, env: { PATH: folder } };
}
