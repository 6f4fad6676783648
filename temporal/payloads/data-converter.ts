import { fileURLToPath } from 'node:url';
import type { DataConverter } from '@temporalio/common';
import { compressionCodec } from './compression-codec.js';

/**
 * Temporal loads the converter with `require`, so the path is always that of the built file,
 * also when this file runs from source.
 */
export const payloadConverterPath = builtFile('temporal/payloads/payload-converter.js');

/** What clients, workers and replay share. */
export const dataConverter: DataConverter = { payloadConverterPath, payloadCodecs: [compressionCodec] };

/** A file of the build: beside this one when it is built itself, under dist/ when it runs from source. */
export function builtFile(path: string): string {
  const root = import.meta.url.endsWith('.ts') ? '../../dist/' : '../../';
  return fileURLToPath(new URL(`${root}${path}`, import.meta.url));
}
