import type { Artifacts, ArtifactUser } from './artifacts.js';
import type { NodeCode } from './node-code.js';
import type { RecordSchema } from './record-schema.js';

/** Artifacts, and the nodes that use them. */
export interface ArtifactPart extends Artifacts {
  readonly users: readonly ArtifactUser[];
}

/** The most that one part holds. */
export interface PartBounds {
  /** Modules and schemas. */
  readonly textsMax: number;
  /** UTF-16 units of the texts; a longer text is a part of its own. */
  readonly unitsMax: number;
  /** At least `textsMax`. */
  readonly usersMax: number;
}

interface Text {
  readonly units: number;
  readonly code?: NodeCode;
  readonly schema?: RecordSchema;
}

/**
 * Artifacts in parts of bounded size. A text that many nodes use comes with the first of them; the others follow in parts of
 * nodes alone.
 */
export function artifactParts(
  { code, schemas }: Artifacts,
  users: readonly ArtifactUser[],
  bounds: PartBounds,
): readonly ArtifactPart[] {
  const texts: Text[] = [
    ...code.map((one) => ({ units: one.text.length + one.inputs.length, code: one })),
    ...schemas.map((one) => ({ units: one.fields.length, schema: one })),
  ];
  const usersOf = usersByHash(users);
  return inParts(texts, bounds).flatMap((part) => withUsers(part, usersOf, bounds.usersMax));
}

function inParts(texts: readonly Text[], { textsMax, unitsMax }: PartBounds): Text[][] {
  const parts: Text[][] = [];
  let last: Text[] = [];
  let units = 0;
  for (const text of texts) {
    units += text.units;
    if (last.length === 0 || last.length === textsMax || units > unitsMax) {
      last = [];
      parts.push(last);
      units = text.units;
    }
    last.push(text);
  }
  return parts;
}

/** Nodes by their code hash and by their schema hash. */
function usersByHash(users: readonly ArtifactUser[]): ReadonlyMap<string, readonly ArtifactUser[]> {
  const byHash = new Map<string, ArtifactUser[]>();
  for (const user of users) {
    for (const hash of [user.codeHash, user.schemaHash]) {
      if (hash === undefined) continue;
      const known = byHash.get(hash);
      if (known === undefined) byHash.set(hash, [user]);
      else known.push(user);
    }
  }
  return byHash;
}

function withUsers(
  texts: readonly Text[],
  usersOf: ReadonlyMap<string, readonly ArtifactUser[]>,
  usersMax: number,
): ArtifactPart[] {
  const code = texts.flatMap((text) => text.code ?? []);
  const schemas = texts.flatMap((text) => text.schema ?? []);
  const hashes = [...code.map(({ codeHash }) => codeHash), ...schemas.map(({ schemaHash }) => schemaHash)];
  const users = [
    ...new Set([
      // One of each text in the first part, which holds the texts.
      ...hashes.flatMap((hash) => usersOf.get(hash)?.slice(0, 1) ?? []),
      ...hashes.flatMap((hash) => usersOf.get(hash) ?? []),
    ]),
  ];
  const parts: ArtifactPart[] = [{ code, schemas, users: users.slice(0, usersMax) }];
  for (let from = usersMax; from < users.length; from += usersMax)
    parts.push({ code: [], schemas: [], users: users.slice(from, from + usersMax) });
  return parts;
}

/** The same part as two, for a bound that only the receiver of a part can measure; undefined when it cannot be divided. */
export function halvesOf({ code, schemas, users }: ArtifactPart): readonly ArtifactPart[] | undefined {
  const bounds = { unitsMax: Number.POSITIVE_INFINITY };
  if (code.length + schemas.length > 1) {
    const textsMax = Math.ceil((code.length + schemas.length) / 2);
    return artifactParts({ code, schemas }, users, { ...bounds, textsMax, usersMax: users.length });
  }
  if (users.length < 2) return undefined;
  const middle = Math.ceil(users.length / 2);
  return [
    { code, schemas, users: users.slice(0, middle) },
    { code: [], schemas: [], users: users.slice(middle) },
  ];
}
