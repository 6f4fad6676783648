import { codePath, type StoredCode } from '../../../domain/artifacts/node-code.js';
import { type RecordSchema, schemaPath } from '../../../domain/artifacts/record-schema.js';
import { limits } from '../../../domain/base/limits.js';
import type { ArtifactsToStore } from '../../../domain/ports/graph-store.js';
import { type CypherInput, type Row, readRow, readText, readTexts } from '../driver/cypher-value.js';
import { statement } from '../driver/statement.js';
import type { GraphTransaction, Transactions } from '../driver/transactions.js';
import { bumpEpoch } from '../facts/epoch.js';
import {
  type ArtifactRow,
  codeRow,
  type SchemaRow,
  schemaRow,
  schemaRows,
  storedCodeFrom,
  type UserRow,
  userRows,
} from './artifact-rows.js';

const knownArtifacts = statement(
  'read which artifacts are stored',
  `UNWIND $paths AS path
   MATCH (a:Artifact {path: path})
   RETURN path, coalesce(a.signatures, []) AS signatures`,
);

const missingUsers = statement(
  'read which nodes are not marked as users of their code',
  `UNWIND $users AS user
   MATCH (c:ComputeNode {node_id: user.node_id})
   WHERE c.code_hash = user.code_hash AND NOT EXISTS { MATCH (c)<-[:USED_BY]-(:Artifact {path: user.path}) }
   RETURN user.node_id AS node_id`,
);

const nodesWithoutSchema = statement(
  'read which nodes have no schema',
  `UNWIND $users AS user
   MATCH (c:ComputeNode {node_id: user.node_id})
   WHERE c.schema_hash IS NULL AND c.code_hash = user.code_hash AND c.schema_compat_id = user.schema_compat_id
   RETURN user.node_id AS node_id`,
);

/** The epoch lock, which the transaction holds, keeps all others from setting one. */
const fillSchemas = statement(
  'give nodes their schemas',
  `UNWIND $users AS user
   MATCH (:Artifact {path: user.path})
   MATCH (c:ComputeNode {node_id: user.node_id})
   WHERE c.schema_hash IS NULL AND c.code_hash = user.code_hash AND c.schema_compat_id = user.schema_compat_id
   SET c.schema_hash = user.schema_hash`,
);

const createArtifacts = statement(
  'store artifacts',
  `UNWIND $artifacts AS artifact
   MERGE (a:Artifact {path: artifact.path})
   ON CREATE SET a += artifact.properties, a.created_at = $at`,
);

/** Locks the artifact before reading its signatures. One key signs once, and the first of too many are kept. */
const addSignatures = statement(
  'add signatures of code',
  `UNWIND $signed AS one
   MATCH (a:Artifact {path: one.path})
   SET a.locked_at = $at
   WITH a, one, coalesce(a.signatures, []) AS known
   SET a.signatures = (known + [s IN one.signatures WHERE NOT split(s, ' ')[0] IN [k IN known | split(k, ' ')[0]]])[0..$signatures_max]`,
);

const markUsers = statement(
  'mark nodes as users of their code',
  `UNWIND $users AS user
   MATCH (a:Artifact {path: user.path})
   MATCH (c:ComputeNode {node_id: user.node_id})
   WHERE c.code_hash = user.code_hash
   MERGE (a)-[:USED_BY]->(c)`,
);

const artifactOfPath = statement(
  'read an artifact',
  'MATCH (a:Artifact {path: $path}) RETURN properties(a) AS artifact',
);

/** Almost always everything is there already: then it is one read. */
export async function storeArtifacts(
  transactions: Transactions,
  artifacts: ArtifactsToStore,
  at: number,
): Promise<void> {
  const rows = [...artifacts.code.map(codeRow), ...artifacts.schemas.map(schemaRow)];
  const users = userRows(artifacts.users);
  const schemas = schemaRows(artifacts.users);
  const lacking = await transactions.read('artifacts', async (tx) => {
    const [known, unmarked, without] = await Promise.all([
      tx.run(knownArtifacts, { paths: rows.map(({ path }) => path) }),
      tx.run(missingUsers, { users: byPath(users) }),
      tx.run(nodesWithoutSchema, { users: byNode(schemas) }),
    ]);
    return {
      ...lackingOf(rows, known),
      users: namedIn(unmarked, users),
      schemas: namedIn(without, schemas),
    };
  });
  if (lacking.artifacts.length + lacking.signed.length + lacking.users.length > 0)
    await transactions.write('storeArtifacts', (tx) => store(tx, lacking, at));
  // The schema of a node is a fact that others may have cached.
  if (lacking.schemas.length > 0) {
    await transactions.write('storeArtifacts.schemas', async (tx) => {
      await bumpEpoch(tx);
      await tx.run(fillSchemas, { users: byNode(lacking.schemas) });
    });
  }
}

function namedIn<T extends { readonly node_id: string }>(found: readonly Row[], rows: readonly T[]): T[] {
  const named = new Set(found.map((row) => readText(row, 'node_id')));
  return rows.filter(({ node_id }) => named.has(node_id));
}

interface Lacking {
  readonly artifacts: readonly ArtifactRow[];
  readonly signed: readonly ArtifactRow[];
  readonly users: readonly UserRow[];
}

function lackingOf(rows: readonly ArtifactRow[], known: readonly Row[]): Omit<Lacking, 'users'> {
  const signaturesOf = new Map(known.map((row) => [readText(row, 'path'), readTexts(row, 'signatures')]));
  return {
    artifacts: rows.filter(({ path }) => !signaturesOf.has(path)),
    signed: rows.filter(({ path, signatures }) => {
      const held = new Set(signaturesOf.get(path)?.map(keyOf));
      return held.size < limits.storedSignaturesMax && signatures.some((one) => !held.has(keyOf(one)));
    }),
  };
}

/** A stored signature begins with the id of its key. */
function keyOf(signature: string): string | undefined {
  return signature.split(' ', 1)[0];
}

async function store(tx: GraphTransaction, { artifacts, signed, users }: Lacking, at: number): Promise<void> {
  await Promise.all([
    tx.run(createArtifacts, {
      artifacts: inOrder(artifacts).map(({ path, properties }) => ({ path, properties })),
      at,
    }),
    tx.run(addSignatures, {
      signed: inOrder(signed).map(({ path, signatures }) => ({ path, signatures })),
      signatures_max: limits.storedSignaturesMax,
      at,
    }),
    tx.run(markUsers, { users: byPath(users) }),
  ]);
}

/** The same order for all writers, so that two cannot deadlock. */
function inOrder(rows: readonly ArtifactRow[]): readonly ArtifactRow[] {
  return [...rows].sort((a, b) => (a.path < b.path ? -1 : 1));
}

function byPath(rows: readonly UserRow[]): readonly CypherInput[] {
  return [...rows].sort((a, b) => (a.path < b.path ? -1 : 1)).map((row) => ({ ...row }));
}

function byNode(rows: readonly SchemaRow[]): readonly CypherInput[] {
  return [...rows].sort((a, b) => (a.node_id < b.node_id ? -1 : 1)).map((row) => ({ ...row }));
}

/** Marks new nodes as users of code that is stored; those without stored code are left as they are. */
export async function markNewUsers(
  tx: GraphTransaction,
  nodes: Parameters<typeof userRows>[0],
): Promise<void> {
  const users = userRows(nodes);
  if (users.length > 0) await tx.run(markUsers, { users: byPath(users) });
}

export async function readCode(
  transactions: Transactions,
  codeHash: string,
): Promise<StoredCode | undefined> {
  const row = await readArtifact(transactions, 'code', codePath(codeHash));
  return row === undefined ? undefined : storedCodeFrom(row);
}

export async function readSchema(
  transactions: Transactions,
  schemaHash: string,
): Promise<RecordSchema | undefined> {
  const row = await readArtifact(transactions, 'schema', schemaPath(schemaHash));
  return row === undefined ? undefined : { schemaHash, fields: readText(row, 'text') };
}

async function readArtifact(
  transactions: Transactions,
  operation: string,
  path: string,
): Promise<Row | undefined> {
  const [row] = await transactions.read(operation, (tx) => tx.run(artifactOfPath, { path }));
  return row === undefined ? undefined : readRow(row, 'artifact');
}
