import { limits } from '../base/limits.js';

/** How much there is to store. */
export interface ArtifactWork {
  /** Modules and schemas. */
  readonly texts: number;
  /** UTF-16 units. */
  readonly units: number;
}

/** `code`: each module with its inputs. */
export function artifactWork(
  code: readonly (readonly [module: string, inputs: string])[],
  schemas: readonly string[],
): ArtifactWork {
  const codeUnits = code.reduce((sum, [module, inputs]) => sum + module.length + inputs.length, 0);
  const units = schemas.reduce((sum, fields) => sum + fields.length, codeUnits);
  return { texts: code.length + schemas.length, units };
}

/** Whether the registration of a submission stores it, in one transaction. More is stored apart from it. */
export function isOneTransaction({ texts, units }: ArtifactWork): boolean {
  return texts <= limits.startTextsMax && units <= limits.startTextUnitsMax;
}
