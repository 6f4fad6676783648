import { type StackPorts, stackPaths } from '../../devstack/supervisor/folder.js';
import { textFields } from '../io/io.js';

/** How to connect to a stack. Passwords stay in their file. */
export interface StackConnection {
  readonly folder: string;
  readonly neo4j: { readonly dsn: string; readonly user: string; readonly password_file: string };
  readonly kafka: { readonly dsn: string; readonly replicas_max: number };
  readonly temporal: { readonly address: string; readonly ui: string };
}

export function toConnection(folder: string, ports: StackPorts, kafkaReplicasMax: number): StackConnection {
  return {
    folder,
    neo4j: {
      dsn: `bolt://127.0.0.1:${ports.neo4j}`,
      user: 'neo4j',
      password_file: stackPaths(folder).password,
    },
    kafka: { dsn: `127.0.0.1:${ports.kafka}`, replicas_max: kafkaReplicasMax },
    temporal: {
      address: `127.0.0.1:${ports.temporal}`,
      ui: `http://127.0.0.1:${ports.temporalUi}`,
    },
  };
}

/** Addresses, and shell lines that make every `qmtl` command use the stack. */
export function connectionText(connection: StackConnection): string {
  const { neo4j, kafka, temporal } = connection;
  const addresses = textFields({
    Neo4j: `${neo4j.dsn}  (user ${neo4j.user}, password in ${neo4j.password_file})`,
    Kafka: `${kafka.dsn}  (room for ${kafka.replicas_max} partition replicas)`,
    Temporal: temporal.address,
    'Temporal UI': temporal.ui,
    folder: connection.folder,
  });
  return `${addresses}\n\n${environmentLines(connection).join('\n')}`;
}

function environmentLines({ neo4j, kafka, temporal }: StackConnection): readonly string[] {
  return [
    `export TEMPORAL_ADDRESS=${temporal.address}`,
    `export QMTL_NEO4J_DSN=${neo4j.dsn}`,
    `export QMTL_NEO4J_USER=${neo4j.user}`,
    `export QMTL_NEO4J_PASSWORD_FILE=${quoted(neo4j.password_file)}`,
    `export QMTL_KAFKA_DSN=${kafka.dsn}`,
    `export QMTL_KAFKA_REPLICAS_MAX=${kafka.replicas_max}`,
    `export QMTL_CONTROLBUS_DSN=${kafka.dsn}`,
    'export QMTL_CONTROLBUS_QUEUE_TOPIC=queue',
  ];
}

function quoted(path: string): string {
  return `'${path.replaceAll("'", `'\\''`)}'`;
}
