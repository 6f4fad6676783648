import { messageRegistry } from './registry.js';

/**
 * Answers as JSON, with the names of the contracts. Fields with their default are written: a check reads `"ok": false` or an empty
 * list, and ProtoJSON would leave out just these.
 */
export const answerJson = {
  useProtoFieldName: true,
  alwaysEmitImplicit: true,
  registry: messageRegistry,
} as const;
