import { describe } from 'vitest';
import { graphReadsContract } from '../contracts/graph-reads.contract.js';
import { graphStoreContract } from '../contracts/graph-store.contract.js';
import { outboxContract } from '../contracts/outbox.contract.js';
import { openEmpty } from './neo4j-fixture.js';

describe('the Neo4j graph store', () => {
  graphStoreContract(openEmpty);
  graphReadsContract(openEmpty);
  outboxContract(openEmpty);
});
