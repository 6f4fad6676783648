import { readdir, readFile } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { QmtlError } from '../../domain/base/errors.js';
import { limits } from '../../domain/base/limits.js';

/** What the operating system gives one process. Infinite where it has no such limit. */
export interface ProcessLimits {
  /** Open files; a JVM raises its own limit to the hard one. */
  readonly files: number;
  /** Memory maps. */
  readonly maps: number;
  /** Memory of the machine, MiB. */
  readonly memoryMb: number;
}

/** What a broker is started with, and how many partition replicas fit into it. */
export interface KafkaCapacity {
  readonly heapMb: number;
  readonly replicasMax: number;
  /** What limits the replicas. */
  readonly by: 'promised' | 'files' | 'maps' | 'heap';
}

/** Every segment of a replica keeps its log open and maps two indexes. */
const filesPerSegment = 1;
const mapsPerSegment = 2;
/** Jars, sockets, metadata log and internal topics of a broker, measured at 250. */
const filesReserved = 700;
/** Libraries, threads and areas of the JVM, measured at some 400. */
const mapsReserved = 2_000;
/** Objects of a broker without topics, and room for requests. */
const heapReservedMb = 192;
/** 33 kB for log, metrics, metadata and settings of one replica, in the two thirds of the heap that outlive a young collection. */
const heapPerReplicaKb = 52;
/** The heap never takes more of the machine: Neo4j, Temporal, workers and the page cache live beside it. */
const heapShareMax = 1 / 4;
const heapMbMin = 512;

/** How a broker is sized for `limits.brokerReplicasMax`, or for what the machine allows, and never for less than it holds. */
export function kafkaCapacity(given: ProcessLimits, segments = 0): KafkaCapacity {
  const promised = limits.brokerReplicasMax;
  const wantedMb = heapFor(Math.max(promised, segments));
  const heapMb = Math.max(heapMbMin, heapFor(segments), Math.min(wantedMb, given.memoryMb * heapShareMax));
  const fits = {
    promised,
    files: (given.files - filesReserved) / filesPerSegment,
    maps: (given.maps - mapsReserved) / mapsPerSegment,
    heap: ((heapMb - heapReservedMb) * 1_024) / heapPerReplicaKb,
  };
  let by: KafkaCapacity['by'] = 'promised';
  for (const name of ['files', 'maps', 'heap'] as const) if (fits[name] < fits[by]) by = name;
  return { heapMb: Math.ceil(heapMb), replicasMax: Math.max(0, Math.floor(fits[by])), by };
}

function heapFor(replicas: number): number {
  return Math.ceil(heapReservedMb + (replicas * heapPerReplicaKb) / 1_024);
}

/** Throws E_LIMIT_EXCEEDED when a broker would end while it opens its data. */
export function refuseTooManySegments(segments: number, { files, maps }: ProcessLimits): void {
  const needs = {
    files: segments * filesPerSegment + filesReserved,
    maps: segments * mapsPerSegment + mapsReserved,
  };
  if (needs.files > files) throw tooLarge(segments, 'open files', needs.files, files, 'ulimit -Hn');
  if (needs.maps > maps) throw tooLarge(segments, 'memory maps', needs.maps, maps, 'sysctl vm.max_map_count');
}

function tooLarge(segments: number, what: string, needed: number, allowed: number, setting: string) {
  return new QmtlError(
    'E_LIMIT_EXCEEDED',
    `Kafka's data have ${segments} segments, which need ${needed} ${what}; a process may have ${allowed} here`,
    { hint: `raise the limit (\`${setting}\`) to ${needed} or more, and start again: the data are kept` },
  );
}

const remedies = {
  files: 'open files (`ulimit -Hn`)',
  maps: 'memory maps (`sysctl vm.max_map_count`)',
  heap: 'memory of the machine',
} as const;

/** A line for a broker that holds less than is promised; undefined for one that holds it. */
export function capacityNote({ replicasMax, by }: KafkaCapacity): string | undefined {
  if (by === 'promised') return undefined;
  return (
    `Kafka has room for ${replicasMax} partition replicas here, fewer than the ${limits.brokerReplicasMax} ` +
    `for the largest submissions: the ${remedies[by]} do not allow more`
  );
}

/** The limits of this process, which its children inherit. */
export async function processLimits(): Promise<ProcessLimits> {
  const memoryMb = totalmem() / 1_024 / 1_024;
  if (process.platform !== 'linux') return { files: filesOfMacOs, maps: Number.POSITIVE_INFINITY, memoryMb };
  const [own, maps] = await Promise.all([
    readFile('/proc/self/limits', 'utf8').catch(() => ''),
    readFile('/proc/sys/vm/max_map_count', 'utf8').catch(() => ''),
  ]);
  return { files: hardFileLimit(own), maps: Number.parseInt(maps, 10) || mapsOfLinux, memoryMb };
}

/** A JVM takes no more there, whatever the limit (OPEN_MAX). */
const filesOfMacOs = 10_240;
/** The default of the kernel. */
const mapsOfLinux = 65_530;

/** The hard limit of open files in the text of /proc/self/limits. */
export function hardFileLimit(text: string): number {
  const hard = /^Max open files\s+\S+\s+(\S+)/m.exec(text)?.[1] ?? '';
  return hard === 'unlimited' ? Number.POSITIVE_INFINITY : Number.parseInt(hard, 10) || filesOfMacOs;
}

/** Segments in the data of a broker: its replicas, and more where a log has been rolled. */
export async function countSegments(logDirectory: string): Promise<number> {
  const replicas = await readdir(logDirectory, { withFileTypes: true }).catch(() => []);
  let segments = 0;
  for (const replica of replicas.filter((entry) => entry.isDirectory())) {
    const files = await readdir(join(logDirectory, replica.name)).catch(() => []);
    segments += files.filter((name) => name.endsWith('.log')).length;
  }
  return segments;
}
