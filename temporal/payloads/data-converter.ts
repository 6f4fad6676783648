import { fileURLToPath } from 'node:url';
import type { DataConverter } from '@temporalio/common';
import { compressionCodec } from './compression-codec.js';

/**
 * Temporal loads the converter with `require`, so the path is always that of the built file,
 * also when this file runs from source.
 */
export const payloadConverterPath = builtFile('temporal/payloads/payload-converter.js');

/** The data converter of clients, workers and replay. */
export const dataConverter: DataConverter = { payloadConverterPath, payloadCodecs: [compressionCodec] };

/** A built file: beside this one in the build, under dist/ when this file runs from source. */
export function builtFile(path: string): string {
  const root = import.meta.url.endsWith('.ts') ? '../../dist/' : '../../';
  return fileURLToPath(new URL(`${root}${path}`, import.meta.url));
}
