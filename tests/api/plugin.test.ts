import fastify from 'fastify';
import { expect, onTestFinished, test } from 'vitest';
import { definePlugin } from '../../api/plugin.js';
import { problems } from '../../api/plugins/problems.js';
import { reads } from '../../api/plugins/reads.js';
import { memoryGraphStore } from '../../graph/memory/store.js';
import { memoryDeps, openApi } from './api-fixture.js';

function openFastify() {
  const app = fastify();
  onTestFinished(() => app.close());
  return app;
}

test('a plugin whose dependencies are missing fails the start', async () => {
  const app = openFastify();
  await expect(app.register(reads(memoryDeps(memoryGraphStore())))).rejects.toThrow(
    /'read-only' of plugin 'reads' is not registered/,
  );
  await expect(openFastify().register(problems(() => {}))).rejects.toThrow(/'@fastify\/rate-limit'/);
});

test('what a plugin adds applies to the whole app', async () => {
  const app = openFastify();
  await app.register(
    definePlugin({ name: 'first' }, async (scope) => {
      scope.decorate('added', true);
    }),
  );
  expect(app.hasDecorator('added')).toBe(true);
  await app.register(definePlugin({ name: 'second', needs: ['first'] }, async () => {}));
  expect(app.hasPlugin('second')).toBe(true);
});

test('the app consists of named plugins', async () => {
  const { app } = await openApi();
  const names = ['@fastify/helmet', '@fastify/rate-limit', 'problems', 'read-only', 'reads'];
  expect(names.filter((name) => !app.hasPlugin(name))).toEqual([]);
});

test('no time limit of the server is left to a default', async () => {
  const { app } = await openApi();
  expect(app.initialConfig).toMatchObject({
    requestTimeout: 10_000,
    handlerTimeout: 5_000,
    connectionTimeout: 30_000,
    keepAliveTimeout: 5_000,
    pluginTimeout: 10_000,
    bodyLimit: 1,
  });
});

test('answers have the headers that stop a browser from guessing types', async () => {
  const { get } = await openApi();
  const { headers } = await get('/status');
  expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'SAMEORIGIN' });
});
