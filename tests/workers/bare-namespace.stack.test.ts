import { randomBytes } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import { searchAttributeTypes } from '../../workflows/contract.js';
import { bareNamespace } from '../stack/bare-namespace.js';
import { NodeProcess, startWorkerProcess } from '../stack/processes.js';

// Processes started as docs/operations.md says, on a namespace that nobody prepared.

const { neo4j, kafka, temporal } = inject('engines');
const brokers = kafka.brokers.join(',');
let connection: Connection;

beforeAll(async () => {
  connection = await Connection.connect({ address: temporal.address });
});
afterAll(() => connection.close());

function environment(namespace: string): Record<string, string> {
  return {
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: namespace,
    QMTL_NEO4J_DSN: neo4j.dsn,
    QMTL_NEO4J_USER: neo4j.user,
    QMTL_NEO4J_PASSWORD: neo4j.password,
    QMTL_KAFKA_DSN: brokers,
    QMTL_CONTROLBUS_DSN: brokers,
  };
}

function submit(env: Readonly<Record<string, string>>): NodeProcess {
  const world = `bare-${randomBytes(4).toString('hex')}`;
  const placement = ['--world', world, '--domain', 'backtest', '--as-of', '2020'];
  return NodeProcess.qmtl(['submit', 'examples/momentum.ts', ...placement, '--wait'], env);
}

describe('a namespace that nobody prepared', () => {
  test('a worker adds the search attributes, and a submission is committed', async () => {
    const namespace = await bareNamespace(connection);
    const env = environment(namespace);
    const worker = await startWorkerProcess(env);
    onTestFinished(() => worker.stop().then(() => undefined));
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    expect(Object.keys(customAttributes).sort()).toEqual(Object.keys(searchAttributeTypes).sort());
    const submitted = submit(env);
    expect(await submitted.ended, submitted.output.join('\n')).toEqual({ code: 0, signal: null });
    expect(submitted.output.join('\n')).toMatch(/^created +\d+$/m);
  });

  test('before a worker was there a submission is refused with the command that helps', async () => {
    const namespace = await bareNamespace(connection);
    const submitted = submit(environment(namespace));
    expect(await submitted.ended, submitted.output.join('\n')).toEqual({ code: 2, signal: null });
    const said = submitted.output.join('\n');
    expect(said).toMatch(`E_CONFIG: namespace ${namespace} lacks search attributes of QMTL`);
    expect(said).toMatch(`temporal operator search-attribute create --namespace ${namespace} --name Qmtl`);
  });

  test('a worker of another graph is refused: it would take submissions that are meant for this one', async () => {
    const namespace = await bareNamespace(connection);
    const worker = await startWorkerProcess(environment(namespace));
    await worker.stop();
    const again = await startWorkerProcess(environment(namespace));
    await again.stop();
    const schedule = new Client({ connection, namespace }).schedule.getHandle('supervise-outbox');
    await schedule.delete();
    await new Client({ connection, namespace }).schedule.create({
      scheduleId: 'supervise-outbox',
      spec: { intervals: [{ every: '1 hour' }] },
      action: { type: 'startWorkflow', workflowType: 'none', taskQueue: 'none' },
      memo: { installation: 'another one' },
    });
    const other = NodeProcess.qmtl(['worker'], { ...environment(namespace), QMTL_WORKER_PORT: '0' });
    expect(await other.ended).toEqual({ code: 2, signal: null });
    expect(other.output.join('\n')).toMatch(`the Temporal namespace ${namespace} belongs to another graph`);
  });

  test.each(['QMTL_NEO4J_DSN', 'QMTL_KAFKA_DSN', 'QMTL_CONTROLBUS_DSN'])(
    'a worker without %s is refused: it would keep submissions in its memory',
    async (name) => {
      const worker = NodeProcess.qmtl(['worker'], { ...environment('default'), [name]: '' });
      expect(await worker.ended).toEqual({ code: 2, signal: null });
      expect(worker.output.join('\n')).toMatch(/E_CONFIG: .* would keep submissions in its memory/);
    },
  );

  test('a search attribute of another type stops a worker with the reason', async () => {
    const namespace = await bareNamespace(connection);
    const int = 3;
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes: { QmtlState: int } });
    const worker = NodeProcess.qmtl(['worker'], { ...environment(namespace), QMTL_WORKER_PORT: '0' });
    expect(await worker.ended).toEqual({ code: 2, signal: null });
    expect(worker.output.join('\n')).toMatch(/QmtlState has another type than Keyword/);
  });
});
