/** The label of a strategy without a version. */
const defaultVersion = 'v1';

/**
 * A version as used in topic names and sentinel ids (docs/spec/topics.md#version-labels): trimmed, case kept, every character but
 * ASCII letters, digits, `.`, `_` and `-` replaced by `-`, without these three at either end; nothing left: `v1`.
 */
export function versionLabel(raw: string | undefined): string {
  const label = (raw ?? '')
    .trim()
    .replace(/[^A-Za-z0-9._-]/gu, '-')
    .replace(/^[._-]+/, '')
    .replace(/[._-]+$/, '');
  return label === '' ? defaultVersion : label;
}

export interface VersionSources {
  readonly sentinelVersion?: string | undefined;
  readonly metaVersion?: string | undefined;
  readonly metaStrategyVersion?: string | undefined;
}

/** The label of the first source that is not blank: sentinel.version, meta.version, meta.strategy_version, `v1`. */
export function resolveVersion(sources: VersionSources): string {
  const given = [sources.sentinelVersion, sources.metaVersion, sources.metaStrategyVersion];
  return versionLabel(given.find((version) => version !== undefined && version.trim() !== ''));
}
