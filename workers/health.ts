import fastify, { type FastifyInstance } from 'fastify';
import { QmtlError } from '../domain/base/errors.js';
import { listen } from '../temporal/listen.js';
import type { Metrics } from './telemetry/metrics.js';

export interface HealthOptions {
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
  readonly metrics: Metrics;
  /** Resolves when the process can work; rejects with the reason why not. */
  readonly ready: () => Promise<void>;
}

export interface HealthServer {
  readonly url: string;
  close(): Promise<void>;
}
