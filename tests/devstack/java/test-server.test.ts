import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { javaFile } from '../../../devstack/java/program.js';
import { cachedTestServer, fetchTestServer, testServerVersion } from '../../../devstack/java/test-server.js';
import { checkJava, checkJavaFetch } from '../../../devstack/java/tools.js';
import { runCommand } from '../../../devstack/process/child-process.js';
import { scratchFolder, writeScript } from '../scratch-folder.js';

describe('a Java', () => {
  test.each([
    ['17', 'openjdk version "17.0.15" 2025-04-15'],
    ['21 of another vendor', 'java version "21" 2023-09-19 LTS'],
  ])('a Java that is %s is used', async (_, printed) => {
    const { env, java } = machine({ java: `echo '${printed}' >&2` });
    expect(await checkJava(env)).toMatchObject({ usable: true, path: java });
  });

  test.each([
    ['too old', `echo 'openjdk version "11.0.2"' >&2`, 'java 11 is too old'],
    ['far too old', `echo 'java version "1.8.0_402"' >&2`, 'java 1 is too old'],
    ['the stub of macOS', 'echo "Unable to locate a Java Runtime" >&2; exit 1', 'does not work'],
  ])('a Java that is %s is refused', async (_, java, why) => {
    expect(await checkJava(machine({ java }).env)).toEqual({
      usable: false,
      why: expect.stringContaining(why),
    });
  });

  test('the Java of JAVA_HOME comes before the one on PATH', async () => {
    const home = scratchFolder();
    writeScript(join(home, 'bin', 'java'), `echo 'openjdk version "17"' >&2`);
    const { env } = machine({ java: 'exit 1' });
    const check = await checkJava({ ...env, JAVA_HOME: home });
    expect(check).toMatchObject({ usable: true, path: join(home, 'bin', 'java') });
  });

  test('a missing Java is reported, and so are the tools for fetching', async () => {
    expect(await checkJava({ PATH: scratchFolder() })).toMatchObject({
      why: expect.stringContaining('no `java`'),
    });
    expect(await checkJavaFetch(machine({ mvn: '' }).env)).toMatchObject({
      why: expect.stringContaining('no `javac`'),
    });
    expect(await checkJavaFetch(machine({ javac: '' }).env)).toMatchObject({
      why: expect.stringContaining('no `mvn`'),
    });
  });
});

describe('the Java test server', () => {
  test('the Java test server is fetched once and becomes an executable that passes on its arguments', async () => {
    const made = machine({ java: 'echo "$@"' });
    const path = await made.fetch();
    expect(await made.fetch()).toBe(path);
    expect(made.calls()).toEqual(['mvn', 'javac']);
    const end = await runCommand({ command: path, args: ['7233'], env: made.env, silentMsMax: 600_000 });
    expect(end.output.join(' ')).toMatch(/^-XX:TieredStopAtLevel=1 .*jars\/\* TemporalTestServer 7233$/);
  });

  test('the Java test server finds a Java that was moved', async () => {
    const made = machine({ java: 'echo old' });
    await made.fetch();
    const other = writeScript(join(made.folder, 'other jdk', 'java'), 'echo new');
    const path = (await cachedTestServer(made.cache, other)) ?? '';
    expect(
      (await runCommand({ command: path, args: [], env: made.env, silentMsMax: 600_000 })).output,
    ).toEqual(['new']);
  });

  test.each([
    ['a jar is missing', (entry: string) => rmSync(join(entry, 'jars', 'a.jar'))],
    ['a jar is truncated', (entry: string) => writeFileSync(join(entry, 'jars', 'a.jar'), '')],
    ['the launcher is missing', (entry: string) => rmSync(join(entry, 'classes'), { recursive: true })],
    ['the list of contents is missing', (entry: string) => rmSync(join(entry, 'contents.json'))],
  ])('the Java test server is fetched again when %s', async (_, damage) => {
    const made = machine({ java: 'echo ok' });
    await made.fetch();
    damage(made.entry());
    expect(await cachedTestServer(made.cache, made.java)).toBeUndefined();
    await made.fetch();
    expect(await cachedTestServer(made.cache, made.java)).toBeDefined();
  });

  test.each([
    [
      'Maven',
      { mvn: 'echo "[INFO] trying"; echo "[ERROR] Could not transfer artifact" >&2; exit 1' },
      'Could not transfer',
    ],
    [
      'the compiler',
      { javac: 'echo "TemporalTestServer.java:1: error: no such class" >&2; exit 1' },
      'no such class',
    ],
  ])(
    'a fetch of the Java test server leaves nothing when %s fails, and reports why',
    async (_, tools, why) => {
      const made = machine({ java: '', ...tools });
      await expect(made.fetch()).rejects.toThrow(why);
      expect(readdirSync(made.cache)).toEqual([]);
    },
  );

  test('the Java test server has the version in pom.xml', () => {
    expect(readFileSync(javaFile('pom.xml'), 'utf8')).toContain(
      `<artifactId>temporal-test-server</artifactId><version>${testServerVersion}</version>`,
    );
  });
});

/** A machine with these tools; a working Maven and compiler are added for tests that fetch. */
function machine(tools: Readonly<Record<string, string>>) {
  const folder = scratchFolder();
  const [bin, cache, log] = [join(folder, 'bin'), join(folder, 'cache'), join(folder, 'calls')];
  for (const [name, body] of Object.entries(tools)) writeScript(join(bin, name), body);
  const env = { PATH: bin };
  const java = join(bin, 'java');
  const working: Readonly<Record<string, string>> = {
    mvn: `echo mvn >> "${log}"; for last; do :; done; out=\${last#*=}; /bin/mkdir "$out"; echo jar > "$out/a.jar"; echo jar > "$out/b.jar"`,
    javac: `echo javac >> "${log}"; while [ "$1" != -d ]; do shift; done; echo class > "$2/TemporalTestServer.class"`,
  };
  const fetch = (): Promise<string> => {
    for (const [name, body] of Object.entries(working)) {
      if (tools[name] === undefined) writeScript(join(bin, name), body);
    }
    return fetchTestServer({ cache, java, env, report: () => undefined });
  };
  const entry = (): string => {
    const names = readdirSync(cache).filter((name) =>
      name.startsWith(`temporal-test-server-${testServerVersion}-`),
    );
    return join(cache, names[0] ?? 'none');
  };
  const calls = (): string[] => readFileSync(log, 'utf8').trim().split('\n');
  return { folder, cache, env, java, fetch, entry, calls };
}
