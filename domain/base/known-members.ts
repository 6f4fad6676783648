import { nearestName } from '../../std/nearest-name.js';
import { excerpt, type ProblemList } from './problem-list.js';

/** Members of any document object that may hold anything, beside those that begin with `x-`. */
const free: ReadonlySet<string> = new Set(['name', 'metadata']);

/**
 * Adds a problem for each member that is not known (docs/spec/identity.md#node-documents): its author relies on it, and it would count
 * for nothing.
 */
export function refuseUnknownMembers(
  value: Readonly<Record<string, unknown>>,
  known: ReadonlySet<string>,
  at: string,
  problems: ProblemList,
): void {
  for (const member of Object.keys(value)) {
    if (known.has(member) || free.has(member) || member.startsWith('x-')) continue;
    const names = [...known].sort();
    const near = nearestName(member, names);
    problems.add(
      'E_SCHEMA_INVALID',
      `${at}/${pointerToken(member)}`,
      `${excerpt(member)} is not a known member${near === undefined ? '' : `; is ${near} meant?`}`,
      `known are ${names.join(', ')}; name, metadata and members that begin with x- may hold anything`,
    );
  }
}

/** RFC 6901, cut like an excerpt. */
export function pointerToken(member: string): string {
  return member.slice(0, 96).replaceAll('~', '~0').replaceAll('/', '~1');
}

const schemaVersions: ReadonlySet<unknown> = new Set(['v1', '1', '1.0', 1]);

/** Adds a problem for a document of another version than this release reads. Absent and null are the first one. */
export function checkSchemaVersion(given: unknown, at: string, problems: ProblemList): void {
  if (given === undefined || given === null || schemaVersions.has(given)) return;
  problems.add(
    'E_SCHEMA_INVALID',
    `${at}/schema_version`,
    `schema_version is ${excerpt(given)}, which this release does not read`,
    'supported are v1, 1 and 1.0; leave it out, or use a release that reads this version',
  );
}
