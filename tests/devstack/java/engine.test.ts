import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type JavaEngine, startJavaEngine } from '../../../devstack/java/engine.js';
import { LineLog } from '../../../devstack/process/line-log.js';
import { neo4jProgram } from '../../../devstack/supervisor/neo4j-server.js';
import { scratchFolder, writeScript } from '../scratch-folder.js';

describe('a Java engine', () => {
  test('a Java engine has started when it reports that it is ready, and its lines are kept', async () => {
    const { start, log } = engine('echo hello; echo qmtl-ready; exec sleep 600');
    const child = await start();
    expect(readFileSync(log, 'utf8')).toBe('hello\nqmtl-ready\n');
    expect((await child.kill()).code).toBe(137);
  });

  test('a Java engine that ends too early is reported with the innermost cause', async () => {
    const { start } = engine(
      'echo "Exception: outer" >&2; echo "Caused by: the lock is held" >&2; echo "	at X" >&2; exit 3',
    );
    await expect(start()).rejects.toThrow('it ended with code 3: the lock is held');
  });

  test('a Java engine is stopped when its start is aborted', async () => {
    const { start, log } = engine('trap "echo ending; exit 0" TERM; echo up; while :; do sleep 0.05; done');
    const abort = new AbortController();
    const started = start(abort.signal, () => abort.abort(new Error('interrupted')));
    await expect(started).rejects.toThrow('interrupted');
    expect(readFileSync(log, 'utf8')).toContain('ending');
  });
});

/** An engine whose `java` is a script. */
function engine(body: string) {
  const folder = scratchFolder();
  const java = writeScript(join(folder, 'java'), body);
  const log = join(folder, 'engine.log');
  const start = (signal?: AbortSignal, onLine: () => void = () => undefined) => {
    const lines = new LineLog(log);
    const add = lines.add.bind(lines);
    lines.add = (line) => {
      add(line);
      onLine();
    };
    const made: JavaEngine = {
      program: neo4jProgram,
      heapMb: 64,
      jvmArguments: [],
      args: [],
      cwd: folder,
      log: lines,
    };
    const env = { PATH: process.env.PATH };
    return startJavaEngine(made, { java, classPath: '' }, { env, report: () => undefined, signal });
  };
  return { start, log };
}
