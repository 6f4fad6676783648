import { statement } from '../driver/statement.js';

export const createTags = statement(
  'create tags',
  `UNWIND $names AS name
   MERGE (t:Tag {name: name})`,
);

export const tagNodes = statement(
  'tag nodes',
  `UNWIND $tagged AS pair
   MATCH (c:ComputeNode {node_id: pair[0]})
   MATCH (t:Tag {name: pair[1]})
   CREATE (c)-[:TAGGED]->(t)`,
);
