import { describe, expect, test } from 'vitest';
import { limits } from '../../domain/base/limits.js';
import { memoryGraphStore } from '../../graph/memory/store.js';
import { announcedEvents } from '../announced-events.js';
import { graphLifecycleContract } from '../contracts/graph-lifecycle.contract.js';
import { graphQueriesContract } from '../contracts/graph-queries.contract.js';
import { graphReadsContract } from '../contracts/graph-reads.contract.js';
import { graphStoreContract } from '../contracts/graph-store.contract.js';
import { graphTagsContract } from '../contracts/graph-tags.contract.js';
import { outboxContract } from '../contracts/outbox.contract.js';
import { sampleSubmission } from '../samples.js';
import { submitWhole } from '../submit-whole.js';

describe('the in-memory graph store', () => {
  graphStoreContract(async () => memoryGraphStore());
  graphLifecycleContract(async () => memoryGraphStore());
  graphReadsContract(async () => memoryGraphStore());
  outboxContract(async () => memoryGraphStore());
  graphQueriesContract(async () => memoryGraphStore());
  graphTagsContract(async () => memoryGraphStore());
});

test('the submissions that are listed with a changed set are bounded', async () => {
  const store = memoryGraphStore();
  for (let index = 0; index <= limits.setSubmissionsMax; index += 1)
    await submitWhole(store, sampleSubmission({ nodes: 1, first: index, strategy: `s-${index}` }));
  const { events } = await announcedEvents(store);
  const sets = events.filter(({ event }) => event.type === 'queue_updated');
  expect(sets.map(({ submissionIds }) => submissionIds.length)).toEqual([limits.setSubmissionsMax]);
});
