import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { homedir, hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cacheFolder, fetchOnce } from '../../../devstack/process/cache-folder.js';
import { scratchFolder } from '../scratch-folder.js';
import { endedPid } from './ended-pid.js';

describe('the cache folder', () => {
  test.each([
    ['QMTL_CACHE_DIR before anything else', { QMTL_CACHE_DIR: '/q', XDG_CACHE_HOME: '/x', HOME: '/h' }, '/q'],
    ['qmtl in XDG_CACHE_HOME', { XDG_CACHE_HOME: '/x', HOME: '/h' }, '/x/qmtl'],
    ['qmtl in ~/.cache', { HOME: '/h' }, '/h/.cache/qmtl'],
    [
      'qmtl in ~/.cache where XDG_CACHE_HOME is relative',
      { XDG_CACHE_HOME: 'x', HOME: '/h' },
      '/h/.cache/qmtl',
    ],
    ['the home of the user where HOME is not set', {}, join(homedir(), '.cache', 'qmtl')],
    [
      'the next one where a variable is empty',
      { QMTL_CACHE_DIR: '', XDG_CACHE_HOME: '', HOME: '/h' },
      '/h/.cache/qmtl',
    ],
  ])('the cache folder is %s', (_, env, folder) => {
    expect(cacheFolder(env)).toBe(folder);
  });
});

describe('fetching into the cache', () => {
  test('a home where nothing can be made is one error that names the variable', async () => {
    const cache = cacheFolder({ HOME: '/dev/null' });
    await expect(fetchOnce(entry(cache))).rejects.toMatchObject({
      code: 'E_FILE',
      message: expect.stringContaining(cache),
      hint: expect.stringContaining('QMTL_CACHE_DIR'),
    });
  });

  test('a cache entry gets its name once it is complete, and nothing else is left', async () => {
    const cache = join(scratchFolder(), 'made', 'on the way');
    const seen: boolean[] = [];
    const content = await fetchOnce({
      ...entry(cache),
      fetch: async (draft) => {
        await writeFile(draft, 'half ');
        seen.push(existsSync(join(cache, 'tool')));
        await writeFile(draft, 'whole');
      },
    });
    expect([content, seen, readdirSync(cache)]).toEqual(['whole', [false], ['tool']]);
  });

  test('a failed fetch leaves nothing, and the next one starts again', async () => {
    const cache = scratchFolder();
    const failing = fetchOnce({
      ...entry(cache),
      fetch: async (draft) => {
        await writeFile(draft, 'half');
        throw new Error('cable cut');
      },
    });
    await expect(failing).rejects.toThrow('cable cut');
    expect(readdirSync(cache)).toEqual([]);
    expect(await fetchOnce(entry(cache))).toBe('fetched');
  });

  test('an existing cache entry is not fetched', async () => {
    const cache = scratchFolder();
    writeFileSync(join(cache, 'tool'), 'old');
    expect(await fetchOnce(entry(cache))).toBe('old');
  });

  test('an unusable cache entry is replaced, even if it is a folder', async () => {
    const cache = scratchFolder();
    await mkdir(join(cache, 'tool', 'with', 'folders'), { recursive: true });
    expect(await fetchOnce(entry(cache))).toBe('fetched');
  });

  test('of two concurrent fetches one works and the other waits for it', async () => {
    const cache = scratchFolder();
    let fetches = 0;
    let finish = (): void => undefined;
    const fetching = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const fetch = async (draft: string): Promise<void> => {
      fetches += 1;
      await fetching;
      await writeFile(draft, 'fetched');
    };
    // The one that finds the lock taken lets the other continue.
    const both = [1, 2].map(() => fetchOnce({ ...entry(cache), fetch, onWait: finish }));
    expect(await Promise.all(both)).toEqual(['fetched', 'fetched']);
    expect(fetches).toBe(1);
  });

  test('lock and draft of a killed process are taken over', async () => {
    const cache = scratchFolder();
    const pid = await endedPid();
    writeFileSync(join(cache, '.lock-tool'), `${pid} ${hostname()}\n`);
    writeFileSync(join(cache, `.draft-tool-${pid}-00000000`), 'half');
    expect(await fetchOnce(entry(cache))).toBe('fetched');
    expect(readdirSync(cache)).toEqual(['tool']);
  });

  test('a wait for the lock of the cache can be aborted', async () => {
    const cache = scratchFolder();
    writeFileSync(join(cache, '.lock-tool'), `${process.pid} ${hostname()}\n`);
    const abort = new AbortController();
    const waiting = fetchOnce({ ...entry(cache), onWait: () => abort.abort(), signal: abort.signal });
    await expect(waiting).rejects.toThrow('abort');
  });

  test('a cache folder that cannot be created is an error with a hint', async () => {
    const file = join(scratchFolder(), 'file');
    writeFileSync(file, '');
    await expect(fetchOnce(entry(join(file, 'cache')))).rejects.toMatchObject({
      code: 'E_FILE',
      hint: expect.stringContaining('QMTL_CACHE_DIR'),
    });
  });
});

function entry(cache: string) {
  return {
    cache,
    name: 'tool',
    present: async () => {
      try {
        return readFileSync(join(cache, 'tool'), 'utf8');
      } catch {
        return undefined;
      }
    },
    fetch: (draft: string) => writeFile(draft, 'fetched'),
  };
}
