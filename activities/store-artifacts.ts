import { create } from '@bufbuild/protobuf';
import { parseArtifactPart } from '../domain/artifacts/artifact-part-document.js';
import { artifactParts, type PartBounds } from '../domain/artifacts/artifact-parts.js';
import type { Artifacts, ArtifactUser } from '../domain/artifacts/artifacts.js';
import { type Problem, QmtlError } from '../domain/base/errors.js';
import { limits } from '../domain/base/limits.js';
import type { GraphStore } from '../domain/ports/graph-store.js';
import { artifactPartDocument } from '../proto/convert/artifact-parts.js';
import {
  type AddArtifactsRequest,
  type AddArtifactsResult,
  AddArtifactsResultSchema,
} from '../proto/gen/qmtl/v1/artifacts_pb.js';
import { type HashedCode, hashedCode, type OnSignature, signatureProblems } from './code-signatures.js';
import { translated } from './failure.js';

export interface ArtifactDeps {
  readonly graph: Pick<GraphStore, 'storeArtifacts'>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Heartbeats to Temporal; throws when the activity is cancelled. */
  readonly heartbeat: (progress: AddArtifactsResult) => void;
  readonly onSignature?: OnSignature;
}

/** The step of add-artifacts. It is safe to repeat, and an attempt that is cut off leaves what it stored to the next one. */
export function createArtifactActivities(deps: ArtifactDeps) {
  return {
    storeArtifactPart: translated(
      (request: AddArtifactsRequest) => storeArtifactPart(deps, request),
      'of-the-activity',
    ),
  };
}

export type ArtifactActivities = ReturnType<typeof createArtifactActivities>;

async function storeArtifactPart(
  { graph, now, heartbeat, onSignature = () => {} }: ArtifactDeps,
  request: AddArtifactsRequest,
): Promise<AddArtifactsResult> {
  const progress = create(AddArtifactsResultSchema);
  heartbeat(progress);
  const checked = parseArtifactPart(artifactPartDocument(request));
  if (!checked.ok) throw refused(checked.problems);
  const { schemas, users } = checked.part;
  const code = hashedCode(checked.part);
  const problems = signatureProblems(code, users, onSignature);
  if (problems.length > 0) throw refused(problems);
  await storeArtifacts({ graph }, { code, schemas }, users, now(), (part) => {
    progress.code += part.code.length;
    progress.schemas += part.schemas.length;
    heartbeat(progress);
  });
  return progress;
}

function refused(problems: readonly Problem[]): QmtlError {
  const [first] = problems;
  const message = `the artifacts of a submission are refused: ${first?.path ?? ''} ${first?.message ?? ''}`;
  return new QmtlError(first?.code ?? 'E_SCHEMA_INVALID', message, {
    problems: problems.slice(0, limits.problemsMax),
  });
}

/** One transaction: the graph holds its texts in memory, and what was stored before an attempt ends is kept. */
const transactionBounds: PartBounds = {
  textsMax: limits.startTextsMax,
  unitsMax: limits.startTextUnitsMax,
  usersMax: 2_500,
};

export interface HashedArtifacts extends Pick<Artifacts, 'schemas'> {
  readonly code: readonly HashedCode[];
}

/** Stores artifacts in transactions of bounded size. Safe to repeat: what is stored is only compared. */
export async function storeArtifacts(
  { graph }: Pick<ArtifactDeps, 'graph'>,
  { code: hashed, schemas }: HashedArtifacts,
  users: readonly ArtifactUser[],
  at: number,
  onStored: (part: Artifacts) => void = () => {},
): Promise<void> {
  const byHash = new Map(hashed.map((one) => [one.code.codeHash, one]));
  const artifacts = { code: hashed.map(({ code }) => code), schemas };
  for (const part of artifactParts(artifacts, users, transactionBounds)) {
    const code = part.code.flatMap(({ codeHash }) => byHash.get(codeHash) ?? []);
    await graph.storeArtifacts({ ...part, code }, at);
    onStored(part);
  }
}
