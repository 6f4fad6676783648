import { describe } from 'vitest';
import { graphLifecycleContract } from '../contracts/graph-lifecycle.contract.js';
import { graphQueriesContract } from '../contracts/graph-queries.contract.js';
import { graphReadsContract } from '../contracts/graph-reads.contract.js';
import { graphStoreContract } from '../contracts/graph-store.contract.js';
import { graphTagsContract } from '../contracts/graph-tags.contract.js';
import { outboxContract } from '../contracts/outbox.contract.js';
import { openEmpty } from './neo4j-fixture.js';

describe('the Neo4j graph store', () => {
  graphStoreContract(openEmpty);
  graphLifecycleContract(openEmpty);
  graphReadsContract(openEmpty);
  outboxContract(openEmpty);
  graphQueriesContract(openEmpty);
  graphTagsContract(openEmpty);
});
