import {
  installedVersion,
  installLine,
  majorOf,
  type OptionalPackages,
  optionalPackages,
} from '../../sdk/submission/optional-packages.js';

/** Whether the optional packages of one kind are installed, and the line that installs them all. */
export interface PackageFinding {
  readonly packages: OptionalPackages;
  /** Also those that are installed in another major version than the tested one. */
  readonly missing: readonly string[];
  readonly install: string;
}

/** Looks for the packages and imports none: that takes seconds. */
export function inspectPackages(packages: OptionalPackages): PackageFinding {
  const missing = optionalPackages(packages).filter(({ name, range }) => {
    const version = installedVersion(name);
    return version === undefined || majorOf(version) !== majorOf(range);
  });
  return { packages, missing: missing.map(({ name }) => name), install: installLine(packages) };
}
