import { afterAll, afterEach, describe } from 'vitest';
import { controlBusContract } from '../contracts/control-bus.contract.js';
import { recordLogContract } from '../contracts/record-log.contract.js';
import { topicAdminContract, topicSpec } from '../contracts/topic-admin.contract.js';
import { audit, Installations } from './kafka-installation.js';

const installations = new Installations();
afterEach(() => installations.close());
afterAll(() => installations.end());

describe('the Kafka topic admin', () => {
  topicAdminContract(async () => {
    const { topics, prefix, named } = await installations.fresh({ installation: 'first' });
    const withRoomFor = async (replicas: number) => {
      const { held } = await topics.room([]);
      const poor = await installations.again(prefix, { replicasPerBrokerMax: held + replicas });
      return poor.topics;
    };
    const other = async () => (await installations.fresh({ installation: 'second' })).topics;
    return { admin: topics, other, withRoomFor, named };
  });
});

describe('the Kafka record log', () => {
  recordLogContract(async () => {
    const { topics, log, named } = await installations.fresh();
    let made = 0;
    const createTopic = async (partitions: number) => {
      made += 1;
      const spec = topicSpec(named(`log-${made}`), partitions);
      await topics.create([spec], audit);
      return spec.topic;
    };
    return { log, createTopic, named };
  });
});

describe('the Kafka control bus', () => {
  controlBusContract(async () => (await installations.fresh()).bus);
});
