import { describe } from 'vitest';
import { graphStoreContract } from '../contracts/graph-store.contract.js';
import { openEmpty } from './neo4j-fixture.js';

describe('the Neo4j graph store', () => {
  graphStoreContract(openEmpty);
});
