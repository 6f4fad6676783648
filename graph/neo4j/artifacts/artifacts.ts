import { codePath, type StoredCode } from '../../../domain/artifacts/node-code.js';
import { type RecordSchema, schemaPath } from '../../../domain/artifacts/record-schema.js';
import { limits } from '../../../domain/base/limits.js';
import type { ArtifactsToStore } from '../../../domain/ports/graph-store.js';
import { type Row, readRow, readText, readTexts } from '../driver/cypher-value.js';
import { statement } from '../driver/statement.js';
import type { GraphTransaction, Transactions } from '../driver/transactions.js';
import { type ArtifactRow, codeRow, schemaRow, storedCodeFrom, userRows } from './artifact-rows.js';

const knownArtifacts = statement(
  'read which artifacts are stored',
  `UNWIND $paths AS path
   MATCH (a:Artifact {path: path})
   RETURN path, coalesce(a.signatures, []) AS signatures`,
);

const missingUsers = statement(
  'read which nodes are not marked as users of their code',
  `UNWIND $users AS pair
   MATCH (c:ComputeNode {node_id: pair[0]})
   WHERE NOT EXISTS { MATCH (c)<-[:USED_BY]-(:Artifact {path: pair[1]}) }
   RETURN pair[0] AS node_id, pair[1] AS path`,
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
  `UNWIND $users AS pair
   MATCH (a:Artifact {path: pair[1]})
   MATCH (c:ComputeNode {node_id: pair[0]})
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
  const lacking = await transactions.read('artifacts', async (tx) => {
    const [known, unmarked] = await Promise.all([
      tx.run(knownArtifacts, { paths: rows.map(({ path }) => path) }),
      tx.run(missingUsers, { users }),
    ]);
    return lackingOf(rows, known, unmarked);
  });
  if (lacking.artifacts.length + lacking.signed.length + lacking.users.length === 0) return;
  await transactions.write('storeArtifacts', (tx) => store(tx, lacking, at));
}

interface Lacking {
  readonly artifacts: readonly ArtifactRow[];
  readonly signed: readonly ArtifactRow[];
  readonly users: readonly [string, string][];
}

function lackingOf(rows: readonly ArtifactRow[], known: readonly Row[], unmarked: readonly Row[]): Lacking {
  const signaturesOf = new Map(known.map((row) => [readText(row, 'path'), readTexts(row, 'signatures')]));
  return {
    artifacts: rows.filter(({ path }) => !signaturesOf.has(path)),
    signed: rows.filter(({ path, signatures }) => {
      const held = new Set(signaturesOf.get(path)?.map(keyOf));
      return held.size < limits.storedSignaturesMax && signatures.some((one) => !held.has(keyOf(one)));
    }),
    users: unmarked.map((row) => [readText(row, 'node_id'), readText(row, 'path')]),
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
    tx.run(markUsers, { users: usersInOrder(users) }),
  ]);
}

/** The same order for all writers, so that two cannot deadlock. */
function inOrder(rows: readonly ArtifactRow[]): readonly ArtifactRow[] {
  return [...rows].sort((a, b) => (a.path < b.path ? -1 : 1));
}

function usersInOrder(users: readonly [string, string][]): readonly [string, string][] {
  return [...users].sort(([, a], [, b]) => (a < b ? -1 : 1));
}

/** Marks new nodes as users of code that is stored; those without stored code are left as they are. */
export async function markNewUsers(
  tx: GraphTransaction,
  nodes: Parameters<typeof userRows>[0],
): Promise<void> {
  const users = userRows(nodes);
  if (users.length > 0) await tx.run(markUsers, { users: usersInOrder(users) });
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
