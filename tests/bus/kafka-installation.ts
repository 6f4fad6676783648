import { type Admin, Kafka, logLevel } from 'kafkajs';
import { inject } from 'vitest';
import { type KafkaOptions, type OpenedKafka, openKafka } from '../../bus/kafka/open.js';

export const audit = { workflowId: 'submit-strategy/x', reason: 'a test' };

/** Installations of QMTL on one broker, each with topics of its own, until `end`. */
export class Installations {
  readonly #opened: OpenedKafka[] = [];
  readonly #prefixes: string[] = [];

  /** A new installation with unique names. */
  async fresh(options: Partial<KafkaOptions> = {}) {
    return this.again(this.unopened(), options);
  }

  /** The prefix of an installation that is not open yet. */
  unopened(): string {
    const prefix = `x${crypto.randomUUID().slice(0, 8)}-`;
    this.#prefixes.push(prefix);
    return prefix;
  }

  /** Another process of an installation. */
  async again(prefix: string, options: Partial<KafkaOptions> = {}) {
    const kafka = await openKafka({
      brokers: inject('engines').kafka.brokers,
      clientId: 'qmtl-test',
      topicPrefix: prefix,
      now: Date.now,
      ...options,
    });
    this.#opened.push(kafka);
    return { ...kafka, prefix, named: (base: string) => `${prefix}${base}` };
  }

  async close(): Promise<void> {
    await Promise.all(this.#opened.splice(0).map((kafka) => kafka.close()));
  }

  /** Removes the topics of all installations. */
  async end(): Promise<void> {
    await this.close();
    await withAdmin(async (admin) => {
      const topics = (await admin.listTopics()).filter((topic) =>
        this.#prefixes.some((prefix) => topic.toLowerCase().startsWith(prefix)),
      );
      if (topics.length > 0) await admin.deleteTopics({ topics });
    });
  }
}

/** kafkajs itself, to inspect the broker without the adapter. */
export function plainKafka(): Kafka {
  return new Kafka({
    brokers: [...inject('engines').kafka.brokers],
    clientId: 'look',
    logLevel: logLevel.NOTHING,
  });
}

export async function withAdmin<T>(use: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = plainKafka().admin();
  await admin.connect();
  try {
    return await use(admin);
  } finally {
    await admin.disconnect();
  }
}

/** Creates topics without the adapter, as another client would. */
export async function foreignTopic(
  topic: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<void> {
  const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }));
  await withAdmin(async (admin) => {
    await admin.createTopics({
      waitForLeaders: false,
      topics: [{ topic, numPartitions: 2, replicationFactor: 1, configEntries }],
    });
  });
}
