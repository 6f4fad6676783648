import { dirname } from 'node:path';
import { QmtlError } from '../../domain/base/errors.js';
import { assertNever } from '../../std/assert-never.js';
import { makeFolder } from '../../std/node/make-folder.js';
import { type Child, type ChildEnd, type ChildOptions, startChild } from '../process/child-process.js';
import { freePort, requireFreePort } from '../process/free-port.js';
import { describeFailure, type Environment, formatElapsed } from '../process/progress.js';
import { fixes } from '../process/tool.js';
import { prepareExternal, probeExternal, readTemporalNamespace } from './external.js';
import { describeWay, locateTemporal, type TemporalNeed, type TemporalSource } from './locate.js';
import {
  addSearchAttributes,
  requireHealthy,
  type SearchAttributes,
  untilListening,
  withConnection,
} from './ready.js';
import { type WayOptions, waysOnThisMachine } from './ways.js';

/** Both servers start in less than a second; a busy machine may need much longer. */
const startMs = 60_000;
/** Another process can take a free port before the server does; then another port is tried. */
const startAttempts = 3;
/** Limit for a server to close its database. A server without a database has nothing to save and is killed at once. */
const saveSeconds = 10;

export interface StartTemporalOptions extends WayOptions {
  readonly need: TemporalNeed;
  /** The caller's `process.env`: TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, PATH, JAVA_HOME, QMTL_CACHE_DIR, XDG_CACHE_HOME. */
  readonly env: Environment;
  readonly searchAttributes: SearchAttributes;
  /** The codec server the UI uses. */
  readonly codecEndpoint?: string;
  /** Keeps workflows over a restart; default: in memory. Its folder is created. The test server has none. */
  readonly dbFilename?: string;
  /** Default: any free port. */
  readonly port?: number;
  readonly uiPort?: number;
  /** False starts the dev server without its web UI. */
  readonly ui?: boolean;
  /** Called with each line the server prints. */
  readonly onLine?: (line: string) => void;
  /** Aborts the search, the fetch and the start; a running server is ended with `stop()`. */
  readonly signal?: AbortSignal | undefined;
}

export interface RunningTemporal {
  readonly address: string;
  readonly namespace: string;
  readonly kind: TemporalSource['kind'];
  /** The web UI, if there is one. */
  readonly uiUrl?: string;
  /** For messages, such as `dev server (server 1.29.1, Temporal CLI in the cache)`. */
  readonly description: string;
  /** Settles when the started server ends, by itself or by `stop()`; never for an external one. */
  readonly ended: Promise<ChildEnd>;
  /** Ends the started server; does nothing to an external one. */
  stop(): Promise<void>;
  /** The process of the started server. */
  readonly child?: Child;
}

/** Finds or fetches a Temporal server, starts it on the loopback interface, and resolves when it answers. */
export async function startTemporal(options: StartTemporalOptions): Promise<RunningTemporal> {
  const { need, env, report } = options;
  await requirePorts(options);
  const source = await locateTemporal({
    need,
    address: env.TEMPORAL_ADDRESS,
    tryWay: waysOnThisMachine(options),
    onFailure: (failed) => {
      if (!failed.absent) report({ kind: 'note', text: `${describeWay(failed.way)}: ${failed.why}` });
    },
  });
  switch (source.kind) {
    case 'external':
      return useExternal(source.address, options);
    case 'dev-server':
      return startLocal(source, options, devServer);
    case 'test-server':
      report({
        kind: 'note',
        text: `the Java test server has no web UI and no lists of workflows; \`qmtl demo --ui\` gets a server that has them, quickly if you ${fixes.cli}`,
      });
      return startLocal(source, options, testServer);
    default:
      return assertNever(source);
  }
}

/** Checked before anything is fetched, which can take minutes. */
async function requirePorts({ env, port, uiPort }: StartTemporalOptions): Promise<void> {
  if (env.TEMPORAL_ADDRESS) return;
  if (port !== undefined)
    await requireFreePort(port, { what: 'Temporal', choose: 'choose another one with --temporal-port' });
  if (uiPort !== undefined) {
    await requireFreePort(uiPort, {
      what: 'the Temporal UI',
      choose: 'choose another one with --temporal-ui-port',
    });
  }
}

async function useExternal(address: string, options: StartTemporalOptions): Promise<RunningTemporal> {
  const namespace = readTemporalNamespace(options.env);
  options.report({ kind: 'step', text: `using the Temporal server at ${address} (TEMPORAL_ADDRESS)` });
  await probeExternal(address);
  await prepareExternal({ address, namespace }, options.searchAttributes, options.report);
  return {
    address,
    namespace,
    kind: 'external',
    description: `the server at ${address} (TEMPORAL_ADDRESS)`,
    ended: new Promise(() => undefined),
    stop: () => Promise.resolve(),
  };
}

interface Ports {
  readonly port: number;
  /** Undefined: no UI. */
  readonly uiPort: number | undefined;
}

/** The differences between the two kinds of server. */
interface ServerKind {
  readonly called: string;
  readonly hasUi: boolean;
  arguments(ports: Ports, options: StartTemporalOptions): string[];
  /** Called once it answers. */
  prepare(address: string, options: StartTemporalOptions): Promise<void>;
}

const devServer: ServerKind = {
  called: 'dev server',
  hasUi: true,
  arguments: devServerArguments,
  prepare: (address) => withConnection(address, startMs, requireHealthy),
};

const testServer: ServerKind = {
  called: 'Java test server',
  hasUi: false,
  arguments: ({ port }) => [String(port)],
  prepare: (address, { env, searchAttributes }) =>
    withConnection(address, startMs, async (connection) => {
      await requireHealthy(connection);
      await addSearchAttributes(connection, readTemporalNamespace(env), searchAttributes);
    }),
};

/** Without these settings every step of a workflow waits up to 50 ms for the next poll of a queue (default: 20 polls per second). */
const polledQueues = ['transfer', 'timer', 'visibility', 'outbound'] as const;

export function devServerArguments({ port, uiPort }: Ports, options: StartTemporalOptions): string[] {
  const settings = [
    'system.enableActivityEagerExecution=true',
    ...polledQueues.map((queue) => `history.${queue}ProcessorMaxPollRPS=2000`),
  ];
  const attributes = Object.entries(options.searchAttributes).map(([name, type]) => `${name}=${type}`);
  const pragmas = ['journal_mode=WAL', 'synchronous=OFF'];
  return [
    ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port), '--log-level', 'error'],
    ...['--namespace', readTemporalNamespace(options.env)],
    ...(uiPort === undefined ? ['--headless'] : ['--ui-port', String(uiPort)]),
    ...(options.codecEndpoint === undefined ? [] : ['--ui-codec-endpoint', options.codecEndpoint]),
    ...(options.dbFilename === undefined
      ? []
      : ['--db-filename', options.dbFilename, ...each('--sqlite-pragma', pragmas)]),
    ...each('--dynamic-config-value', settings),
    ...each('--search-attribute', attributes),
  ];
}

function each(flag: string, values: readonly string[]): string[] {
  return values.flatMap((value) => [flag, value]);
}

type LocalSource = Exclude<TemporalSource, { kind: 'external' }>;

async function startLocal(
  source: LocalSource,
  options: StartTemporalOptions,
  kind: ServerKind,
): Promise<RunningTemporal> {
  const description = `${kind.called} (${source.detail}, ${describeWay(source.way)})`;
  options.report({ kind: 'step', text: `starting the Temporal ${description}` });
  if (options.dbFilename !== undefined) await makeFolder(dirname(options.dbFilename));
  for (let attempt = 1; ; attempt += 1) {
    const ports = await choosePorts(options, kind);
    const child = await startChild(childOptions(source, ports, options, kind));
    const failure = await untilReady(child, ports, options, kind);
    if (failure === undefined) return running(child, ports, { source, options, description });
    await child.stop();
    options.signal?.throwIfAborted();
    if (attempt === startAttempts || !/address already in use/i.test(failure)) {
      throw notStarted(kind.called, source.path, failure);
    }
  }
}

function childOptions(
  source: LocalSource,
  ports: Ports,
  options: StartTemporalOptions,
  kind: ServerKind,
): ChildOptions {
  return {
    command: source.path,
    args: kind.arguments(ports, options),
    env: options.env,
    graceSeconds: options.dbFilename === undefined ? 0 : saveSeconds,
    ...(options.onLine === undefined ? {} : { onLine: options.onLine }),
  };
}

async function choosePorts(
  { port, uiPort, ui }: StartTemporalOptions,
  { hasUi }: ServerKind,
): Promise<Ports> {
  const wantsUi = hasUi && ui !== false;
  return { port: port ?? (await freePort()), uiPort: wantsUi ? (uiPort ?? (await freePort())) : undefined };
}

/** Undefined once the server answers, else the reason of the failure. */
async function untilReady(
  child: Child,
  ports: Ports,
  options: StartTemporalOptions,
  kind: ServerKind,
): Promise<string | undefined> {
  const given = new AbortController();
  const timer = setTimeout(() => given.abort(new Error(`no answer in ${formatElapsed(startMs)}`)), startMs);
  void child.ended.then((end) => given.abort(new Error(endOf(end))));
  const signal =
    options.signal === undefined ? given.signal : AbortSignal.any([given.signal, options.signal]);
  try {
    await untilListening(ports.port, signal);
    await kind.prepare(`127.0.0.1:${ports.port}`, options);
    if (ports.uiPort !== undefined) await untilListening(ports.uiPort, signal);
    return undefined;
  } catch (error) {
    return signal.aborted
      ? describeFailure(signal.reason)
      : `${describeFailure(error)} ${child.output().join('\n')}`;
  } finally {
    clearTimeout(timer);
  }
}

function endOf({ code, output }: ChildEnd): string {
  return `it ended with code ${code}: ${output.slice(-5).join('\n')}`;
}

function notStarted(called: string, path: string, failure: string): QmtlError {
  return new QmtlError(
    'E_TEMPORAL_UNAVAILABLE',
    `the Temporal ${called} (${path}) did not start: ${failure}`,
    {
      hint: 'run `qmtl doctor`, or set TEMPORAL_ADDRESS=host:port to a running server',
    },
  );
}

function running(
  child: Child,
  { port, uiPort }: Ports,
  {
    source,
    options,
    description,
  }: { source: LocalSource; options: StartTemporalOptions; description: string },
): RunningTemporal {
  return {
    address: `127.0.0.1:${port}`,
    namespace: readTemporalNamespace(options.env),
    kind: source.kind,
    ...(uiPort === undefined ? {} : { uiUrl: `http://127.0.0.1:${uiPort}` }),
    description,
    child,
    ended: child.ended,
    stop: async () => {
      await child.stop();
    },
  };
}
