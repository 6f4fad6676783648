import { describe } from 'vitest';
import { memoryGraphStore } from '../../graph/memory/store.js';
import { graphReadsContract } from '../contracts/graph-reads.contract.js';
import { graphStoreContract } from '../contracts/graph-store.contract.js';

describe('the in-memory graph store', () => {
  graphStoreContract(async () => memoryGraphStore());
  graphReadsContract(async () => memoryGraphStore());
});
