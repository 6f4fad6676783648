import { expect, test } from 'vitest';
import { inventoryStack, parseProcesses } from '../../../devstack/supervisor/inventory.js';
import { scratchFolder } from '../scratch-folder.js';

test('processes are read with their groups and sizes', () => {
  expect(parseProcesses(['    1     1  1024', '  42    7   10', 'not a line', ''])).toEqual([
    { pid: 1, group: 1, bytes: 1024 * 1024 },
    { pid: 42, group: 7, bytes: 10 * 1024 },
  ]);
});

test('a folder that was never a stack has no data', async () => {
  const folder = scratchFolder();
  expect(await inventoryStack(folder, {})).toEqual({
    folder,
    parts: ['temporal', 'kafka', 'neo4j'].map((part) => ({ part, state: 'down', dataBytes: 0 })),
  });
});
