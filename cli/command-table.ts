import type { Command } from 'commander';
import type { OptionalPackages } from '../sdk/submission/optional-packages.js';
import type { CliIo } from './io/io.js';

/** A command as the help of `qmtl` lists it; its code is loaded when it is used. */
export interface CommandEntry {
  readonly name: string;
  readonly heading: string;
  /** The description of the command, repeated here so that the list loads no command. */
  readonly summary: string;
  /** What its action imports, but its description must not. Absent: it runs with the packages of `npm install qmtl`. */
  readonly needs?: OptionalPackages;
  load(io: CliIo): Promise<Command>;
}

const strategies = 'Strategies:';
const globalDag = 'The global DAG:';
const implementations = 'Check another implementation:';
const processes = 'Processes of a deployment:';
const installation = 'This installation:';

/** In the order of the help. */
export const commandTable: readonly CommandEntry[] = [
  {
    name: 'demo',
    heading: 'See it work:',
    summary: 'submit and run two strategies that share nodes, on 20 years of S&P 500 bars',
    needs: 'control-plane',
    load: async (io) => (await import('./commands/demo.js')).demoCommand(io),
  },
  {
    name: 'up',
    heading: 'See it work:',
    summary: 'run Temporal, a worker, the API and the codec server until Ctrl-C',
    needs: 'control-plane',
    load: async (io) => (await import('./commands/up.js')).upCommand(io),
  },
  {
    name: 'submit',
    heading: strategies,
    summary: 'submit a strategy module, or a DAG in JSON or protobuf',
    needs: 'client',
    load: async (io) => (await import('./commands/submit.js')).submitCommand(io),
  },
  {
    name: 'run',
    heading: strategies,
    summary: 'backtest a strategy module, or execute a node from what the graph stores of it',
    load: async (io) => (await import('./commands/run.js')).runCommand(io),
  },
  {
    name: 'diff',
    heading: strategies,
    summary: 'show what submitting a file would reuse and create; changes nothing',
    load: async (io) => (await import('./commands/diff.js')).diffCommand(io),
  },
  {
    name: 'node-code',
    heading: strategies,
    summary: 'print what is hashed and executed of a node: its closed module',
    load: async (io) => (await import('./commands/node-code.js')).nodeCodeCommand(io),
  },
  {
    name: 'status',
    heading: strategies,
    summary: 'show the status of a submission, or of the newest one of a strategy',
    needs: 'client',
    load: async (io) => (await import('./commands/status.js')).statusCommand(io),
  },
  {
    name: 'nodes',
    heading: globalDag,
    summary: 'list nodes of the global DAG',
    load: async (io) => (await import('./commands/nodes.js')).nodesCommand(io),
  },
  {
    name: 'queues',
    heading: globalDag,
    summary: 'list queues of the global DAG and their topics',
    load: async (io) => (await import('./commands/nodes.js')).queuesCommand(io),
  },
  {
    name: 'outbox',
    heading: globalDag,
    summary: 'list, send again or drop control events that the bus refused',
    needs: 'client',
    load: async (io) => (await import('./commands/outbox.js')).outboxCommand(io),
  },
  {
    name: 'export-schema',
    heading: globalDag,
    summary: 'print the constraints and indexes of the graph as Cypher',
    load: async (io) => (await import('./commands/export-schema.js')).exportSchemaCommand(io),
  },
  {
    name: 'node-id',
    heading: implementations,
    summary: 'compute canonical bytes and NodeID of a node in JSON',
    load: async (io) => (await import('./commands/node-id.js')).nodeIdCommand(io),
  },
  {
    name: 'compute-key',
    heading: implementations,
    summary: 'compute the ComputeKey of a node in an execution context',
    load: async (io) => (await import('./commands/compute-key.js')).computeKeyCommand(io),
  },
  {
    name: 'topic-name',
    heading: implementations,
    summary: 'show the topic a new node would get',
    load: async (io) => (await import('./commands/topic-name.js')).topicNameCommand(io),
  },
  {
    name: 'worker',
    heading: processes,
    summary: 'run a worker of the control plane until Ctrl-C or SIGTERM',
    needs: 'control-plane',
    load: async (io) => (await import('./commands/worker.js')).workerCommand(io),
  },
  {
    name: 'api',
    heading: processes,
    summary: 'run a replica of the read-only API until Ctrl-C or SIGTERM',
    needs: 'control-plane',
    load: async (io) => (await import('./commands/api.js')).apiCommand(io),
  },
  {
    name: 'codec-server',
    heading: processes,
    summary: 'decode payloads for the Temporal UI until Ctrl-C',
    needs: 'control-plane',
    load: async (io) => (await import('./commands/codec-server.js')).codecServerCommand(io),
  },
  {
    name: 'doctor',
    heading: installation,
    summary: 'show what is installed, what will be used and what is missing',
    load: async (io) => (await import('./commands/doctor.js')).doctorCommand(io),
  },
  {
    name: 'stack',
    heading: installation,
    summary: 'run Temporal, Kafka and Neo4j on this machine, with persistent data',
    needs: 'local-servers',
    load: async (io) => (await import('./commands/stack.js')).stackCommand(io),
  },
  {
    name: 'config',
    heading: installation,
    summary: 'check or show the configuration',
    load: async (io) => (await import('./commands/config.js')).configCommand(io),
  },
  {
    name: 'neo4j-init',
    heading: installation,
    summary: 'create the constraints and indexes of the graph store; safe to run again',
    needs: 'control-plane',
    load: async (io) => (await import('./commands/neo4j-init.js')).neo4jInitCommand(io),
  },
];
