import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Connection } from '@temporalio/client';
import { expect, inject, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { bareNamespace } from '../stack/bare-namespace.js';
import { startWorkerProcess } from '../stack/processes.js';

/** Files a reader passes to follow `qmtl worker` from the command line to "ready". */
const filesMax = 30;
/** Folders that start something; the others hold the rules and adapters that are started. */
const starting = [
  'activities',
  'api',
  'cli',
  'config',
  'devstack',
  'sdk',
  'temporal',
  'workers',
  'workflows',
];

const coverage = z.object({
  result: z.array(
    z.object({
      url: z.string(),
      functions: z.array(
        z.object({ functionName: z.string(), ranges: z.array(z.object({ count: z.number() })) }),
      ),
    }),
  ),
});

/** Built files of which a named function was called, by V8's own account. */
function calledFiles(folder: string): readonly string[] {
  const scripts = readdirSync(folder).flatMap(
    (file) => coverage.parse(JSON.parse(readFileSync(join(folder, file), 'utf8'))).result,
  );
  const called = scripts.filter(({ functions }) =>
    functions.some(({ functionName, ranges }) => functionName !== '' && (ranges[0]?.count ?? 0) > 0),
  );
  const build = pathToFileURL(resolve('dist/')).href;
  const files = called.map(({ url }) => url).filter((url) => url.startsWith(`${build}/`));
  return [...new Set(files.map((url) => url.slice(build.length + 1)))].sort();
}

test(`a worker starts within ${filesMax} files`, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'qmtl-startup-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const { neo4j, kafka, temporal } = inject('engines');
  const brokers = kafka.brokers.join(',');
  // Work that other tests left in their namespace would call further files.
  const connection = await Connection.connect({ address: temporal.address });
  const namespace = await bareNamespace(connection);
  await connection.close();
  const worker = await startWorkerProcess({
    NODE_V8_COVERAGE: folder,
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: namespace,
    QMTL_NEO4J_DSN: neo4j.dsn,
    QMTL_NEO4J_USER: neo4j.user,
    QMTL_NEO4J_PASSWORD: neo4j.password,
    QMTL_KAFKA_DSN: brokers,
    QMTL_CONTROLBUS_DSN: brokers,
  });
  await worker.stop();
  const files = calledFiles(folder).filter(
    (file) => starting.includes(file.split('/')[0] ?? '') && !file.endsWith('.generated.js'),
  );
  expect(files, files.join('\n')).toContain('cli/commands/worker.js');
  expect(files.length, files.join('\n')).toBeLessThanOrEqual(filesMax);
});
