import { proxyActivities } from '@temporalio/workflow';
import type { ArtifactActivities } from '../activities/store-artifacts.js';
import { artifactWorkOf } from '../proto/convert/artifacts.js';
import type { AddArtifactsRequest, AddArtifactsResult } from '../proto/gen/qmtl/v1/artifacts_pb.js';
import { artifactWrite } from './activity-options.js';

/** Stores a part of what a submission brings beside its DAG (docs/spec/add-artifacts.md). */
export async function addArtifacts(request: AddArtifactsRequest): Promise<AddArtifactsResult> {
  const artifacts = proxyActivities<ArtifactActivities>(artifactWrite(artifactWorkOf(request)));
  return artifacts.storeArtifactPart(request);
}
