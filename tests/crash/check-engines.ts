import { Kafka, logLevel } from 'kafkajs';
import neo4j, { type Driver } from 'neo4j-driver';
import { isTopicName } from '../../domain/base/ids.js';
import { busTopics } from '../../domain/events/control-events.js';
import { type TopicSpec, topicClasses, topicSettings } from '../../domain/topics/topic.js';
import { brokerViolations } from '../stack/broker-checker.js';
import type { Engines } from '../stack/engines.js';
import { graphViolations } from '../stack/graph-checker.js';

/**
 * Violations of I-1 … I-7 in Neo4j and Kafka together, read without the adapters; empty when there are none.
 *
 * All submissions must have ended: a queue that is only reserved counts as a violation.
 */
export async function violations({ neo4j: graph, kafka }: Engines): Promise<readonly string[]> {
  const driver = neo4j.driver(graph.dsn, neo4j.auth.basic(graph.user, graph.password), { useBigInt: true });
  try {
    const found = await inSession(driver, graphViolations);
    const queues = await queueSpecs(driver);
    const client = new Kafka({ brokers: [...kafka.brokers], clientId: 'check', logLevel: logLevel.NOTHING });
    const inBroker = await brokerViolations(client, {
      queues,
      isQueueTopic: (topic) => topic.includes('.live.'),
      controlTopics: [...new Set(Object.values(busTopics))],
    });
    return [...found, ...inBroker, ...(await agreements(driver))];
  } finally {
    await driver.close();
  }
}

async function inSession<T>(driver: Driver, work: (session: ReturnType<Driver['session']>) => Promise<T>) {
  const session = driver.session();
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

async function queueSpecs(driver: Driver): Promise<readonly TopicSpec[]> {
  const { records } = await driver.executeQuery(
    'MATCH (q:Queue) WHERE q.state <> "collected" RETURN q.topic AS topic, q.topic_class AS topic_class',
  );
  return records.flatMap((record) => {
    const topic: unknown = record.get('topic');
    const topicClass: unknown = record.get('topic_class');
    const known = topicClasses.find((name) => name === topicClass);
    return typeof topic === 'string' && isTopicName(topic) && known !== undefined
      ? [{ topic, ...topicSettings[known] }]
      : [];
  });
}

/** Checks beyond single rows: nothing is left half done, and no event is left unpublished. */
async function agreements(driver: Driver): Promise<readonly string[]> {
  const ask = async (says: string, query: string) => {
    const { records } = await driver.executeQuery(query);
    return records.map((record) => `${says}: ${String(record.get('what'))}`);
  };
  return [
    ...(await ask(
      'a submission is neither committed nor cancelled',
      "MATCH (s:Submission) WHERE NOT s.state IN ['committed', 'cancelled'] RETURN s.submission_id AS what",
    )),
    ...(await ask('an event is not sent', 'MATCH (o:Outbox) RETURN o.id AS what')),
    ...(await ask('activations are not compared', 'MATCH (n:Activation) RETURN n.id AS what')),
    ...(await ask('a changed set is not announced', 'MATCH (s:ChangedSet) RETURN s.id AS what')),
    ...(await ask('an event is parked', 'MATCH (p:ParkedEvent) RETURN p.id AS what')),
    ...(await ask('a queue is only reserved', "MATCH (q:Queue {state: 'pending'}) RETURN q.topic AS what")),
  ];
}
