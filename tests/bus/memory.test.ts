import { describe } from 'vitest';
import { MemoryBroker } from '../../bus/memory/broker.js';
import { memoryControlBus } from '../../bus/memory/control-bus.js';
import { memoryRecordLog } from '../../bus/memory/record-log.js';
import { memoryTopicAdmin } from '../../bus/memory/topic-admin.js';
import { controlBusContract } from '../contracts/control-bus.contract.js';
import { recordLogContract } from '../contracts/record-log.contract.js';
import { topicAdminContract, topicSpec } from '../contracts/topic-admin.contract.js';

const now = () => 1_700_000_000_000;
const itself = (base: string) => base;

describe('the in-memory topic admin', () => {
  topicAdminContract(async () => {
    const broker = new MemoryBroker();
    const withRoomFor = async (replicas: number) =>
      memoryTopicAdmin(broker, now, { replicasMax: broker.partitionCount() + replicas });
    return {
      admin: memoryTopicAdmin(broker, now, { installation: 'first' }),
      other: async () => memoryTopicAdmin(broker, now, { installation: 'second' }),
      withRoomFor,
      named: itself,
    };
  });
});

describe('the in-memory record log', () => {
  let topics = 0;
  recordLogContract(async () => {
    const broker = new MemoryBroker();
    const createTopic = async (partitions: number) => {
      topics += 1;
      const spec = topicSpec(`t-${topics}`, partitions);
      await memoryTopicAdmin(broker, now).create([spec], { workflowId: '', reason: 'contract' });
      return spec.topic;
    };
    return { log: memoryRecordLog(broker), createTopic, named: itself };
  });
});

describe('the in-memory control bus', () => {
  controlBusContract(async () => memoryControlBus(new MemoryBroker(), now));
});
