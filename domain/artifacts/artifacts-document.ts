import { isPlainObject, type Json } from '../../std/json.js';
import { checkedJson } from '../base/canonical-json.js';
import { DocumentFields, noteJsonFault } from '../base/document-fields.js';
import type { Limits } from '../base/limits.js';
import { excerpt, type ProblemList } from '../base/problem-list.js';
import type { Artifacts, ArtifactUser } from './artifacts.js';
import { type NodeCode, toNodeCode } from './node-code.js';
import { admitsFields, hashFields, type RecordSchema } from './record-schema.js';
import { noteOtherMembers, readSignatures } from './signatures-document.js';

const loneSurrogate = /\p{Surrogate}/u;

/** Nesting of `inputs`. */
const inputsDepthMax = 4;

/**
 * Reads `code: [{module, inputs, signatures?}, …]` and `schemas: [[[name, type], …], …]` of a submission, and adds their problems.
 * Each must belong to a node: the hashes that the nodes name are what vouches for these texts.
 */
export function readArtifacts(
  fields: DocumentFields,
  nodes: readonly ArtifactUser[],
  bounds: Limits,
  problems: ProblemList,
): Artifacts {
  const idsOf = new Map<string, Set<string>>();
  for (const { schemaHash, schemaCompatId } of nodes) {
    if (schemaHash === undefined) continue;
    idsOf.set(schemaHash, (idsOf.get(schemaHash) ?? new Set()).add(schemaCompatId));
  }
  return {
    code: readCode(fields, new Set(nodes.map(({ codeHash }) => codeHash)), bounds, problems),
    schemas: readSchemas(fields, idsOf, bounds, problems),
  };
}

/** The members of a submission document that `readArtifacts` reads as the same artifacts. */
export function artifactsDocument({ code, schemas }: Artifacts): { readonly [key: string]: Json } {
  return {
    ...(code.length === 0 ? {} : { code: code.map(codeDocument) }),
    ...(schemas.length === 0 ? {} : { schemas: schemas.map(({ fields }) => parsed(fields)) }),
  };
}

function codeDocument({ text, inputs, signatures }: NodeCode): Json {
  const signed = signatures.map(({ keyId, signature, publicKey }) => ({
    keyid: keyId,
    sig: signature,
    key: publicKey,
  }));
  return {
    module: text,
    inputs: parsed(inputs),
    ...(signed.length === 0 ? {} : { signatures: signed }),
  };
}

function parsed(text: string): Json {
  // oxlint-disable-next-line typescript/no-unsafe-assignment -- artifacts hold canonical JSON
  const value: Json = JSON.parse(text);
  return value;
}

function readCode(
  fields: DocumentFields,
  wanted: ReadonlySet<string>,
  bounds: Limits,
  problems: ProblemList,
): NodeCode[] {
  const code = new Map<string, NodeCode>();
  let bytes = 0;
  for (const [at, member] of entries(fields, 'code', bounds, problems)) {
    const one = readNodeCode(member, at, bounds, problems);
    if (one === undefined) continue;
    bytes += Buffer.byteLength(one.text);
    if (isUsable(one.codeHash, 'the code', code, wanted, at, problems)) code.set(one.codeHash, one);
  }
  if (bytes > bounds.modulesBytesMax) {
    const message = `the modules have ${bytes} bytes; at most ${bounds.modulesBytesMax} are allowed`;
    problems.add('E_LIMIT_EXCEEDED', fields.path('code'), message, 'split the strategy into several');
  }
  return [...code.values()];
}

function readSchemas(
  fields: DocumentFields,
  idsOf: ReadonlyMap<string, ReadonlySet<string>>,
  bounds: Limits,
  problems: ProblemList,
): RecordSchema[] {
  const schemas = new Map<string, RecordSchema>();
  for (const [at, member] of entries(fields, 'schemas', bounds, problems)) {
    const text = canonicalList(member, at, 2, bounds.schemaFieldsCharsMax, problems);
    if (text === undefined) continue;
    const schemaHash = hashFields(text);
    if (!isUsable(schemaHash, 'the schema', schemas, idsOf, at, problems)) continue;
    schemas.set(schemaHash, { schemaHash, fields: text });
    noteOtherIds(text, idsOf.get(schemaHash) ?? new Set(), at, problems);
  }
  return [...schemas.values()];
}

/** An id that stands for fields says which ones: a node keeps the first fields it gets, so they must be those of its id. */
function noteOtherIds(text: string, ids: ReadonlySet<string>, at: string, problems: ProblemList): void {
  for (const id of ids) {
    if (admitsFields(id, text)) continue;
    const hint = 'give the fields that the schema_compat_id of the node was made of';
    problems.add('E_SCHEMA_INVALID', at, `is the schema of nodes whose schema_compat_id is ${id}`, hint);
  }
}

/** The entries of a list with their places; there are no more of them than nodes in a DAG. */
function entries(
  fields: DocumentFields,
  key: string,
  bounds: Limits,
  problems: ProblemList,
): (readonly [at: string, member: unknown])[] {
  const list = fields.raw(key) ?? [];
  const at = fields.path(key);
  if (!Array.isArray(list)) {
    problems.add('E_SCHEMA_INVALID', at, `${key} is ${excerpt(list)}, not a list`, `give ${key} as a list`);
    return [];
  }
  if (list.length > bounds.dagNodesMax) {
    const message = `${key} has ${list.length} entries; at most ${bounds.dagNodesMax} are allowed`;
    problems.add('E_LIMIT_EXCEEDED', at, message, 'list each once, and only those of nodes of the DAG');
    return [];
  }
  return list.map((member: unknown, index) => [`${at}/${index}`, member] as const);
}

function isUsable(
  hash: string,
  what: string,
  known: ReadonlyMap<string, unknown>,
  wanted: { has(hash: string): boolean },
  at: string,
  problems: ProblemList,
): boolean {
  if (known.has(hash)) problems.add('E_DUPLICATE', at, `${what} ${hash} is listed twice`, 'list it once');
  if (wanted.has(hash)) return true;
  const hint = 'take it from the compiled strategy: its hash is that of the text, byte by byte';
  problems.add('E_SCHEMA_INVALID', at, `${what} ${hash} belongs to no node of the DAG`, hint);
  return false;
}

function readNodeCode(
  member: unknown,
  at: string,
  bounds: Limits,
  problems: ProblemList,
): NodeCode | undefined {
  if (!isPlainObject(member)) {
    const hint = 'give {"module": …, "inputs": [ … ]}';
    problems.add('E_SCHEMA_INVALID', at, `is ${excerpt(member)}, not the code of a node`, hint);
    return undefined;
  }
  const before = problems.count;
  noteOtherMembers(member, ['module', 'inputs', 'signatures'], at, problems);
  const text = readModule(member.module, `${at}/module`, bounds, problems);
  const inputs = canonicalList(
    member.inputs,
    `${at}/inputs`,
    inputsDepthMax,
    bounds.codeInputsCharsMax,
    problems,
  );
  const signatures = readSignatures(new DocumentFields(member, at, problems), bounds, problems);
  return problems.count > before ? undefined : toNodeCode(text, inputs ?? '[]', signatures);
}

function readModule(value: unknown, at: string, bounds: Limits, problems: ProblemList): string {
  if (typeof value !== 'string' || value === '' || loneSurrogate.test(value)) {
    const hint = 'give the text that `qmtl node-code` prints';
    problems.add('E_SCHEMA_INVALID', at, `is ${excerpt(value)}, not the text of a module`, hint);
    return '';
  }
  const bytes = Buffer.byteLength(value);
  if (bytes > bounds.moduleBytesMax) {
    const message = `the module has ${bytes} bytes; at most ${bounds.moduleBytesMax} are allowed`;
    problems.add('E_LIMIT_EXCEEDED', at, message, 'pass tables as data of a source, not as code');
  }
  return value;
}

/** Canonical JSON of a list. */
function canonicalList(
  value: unknown,
  at: string,
  depthMax: number,
  charsMax: number,
  problems: ProblemList,
): string | undefined {
  if (!Array.isArray(value)) {
    problems.add('E_SCHEMA_INVALID', at, `is ${excerpt(value)}, not a list`, 'give a list');
    return undefined;
  }
  const canonical = checkedJson(value, depthMax);
  if (!canonical.ok) {
    noteJsonFault(canonical.fault, at, problems);
    return undefined;
  }
  if (canonical.text.length <= charsMax) return canonical.text;
  const message = `has ${canonical.text.length} characters of JSON; at most ${charsMax} are allowed`;
  problems.add('E_LIMIT_EXCEEDED', at, message, 'shorten it');
  return undefined;
}
