import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '../../std/node/make-folder.js';
import { runCommand } from '../process/child-process.js';
import { type Environment, formatElapsed, type Report } from '../process/progress.js';
import { findOnPath, type ToolCheck } from '../process/tool.js';

/** The newest version that `go install` accepts: the module file of 1.6 and later has replace directives. */
export const goInstallVersion = 'v1.5.1';
const goPackage = `github.com/temporalio/cli/cmd/temporal@${goInstallVersion}`;
const goMinorMin = 25;
/** Since 1.21 go fetches the toolchain a module requires, unless this is disabled. */
const goMinorSwitching = 21;
/** Linking prints nothing and takes long on a slow machine. */
const silentMsMax = 10 * 60_000;
const progressMs = 5_000;
/** Number of packages of this version, with an empty build cache. */
const packagesAbout = '1,260';

/** Checks for a Go that can build the CLI. */
export async function checkGo(env: Environment, signal?: AbortSignal): Promise<ToolCheck> {
  const path = await findOnPath('go', env);
  if (path === undefined) return { usable: false, why: 'there is no `go` on PATH' };
  const args = ['env', 'GOVERSION', 'GOTOOLCHAIN'];
  const end = await runCommand({ command: path, args, env, silentMsMax: 20_000, signal });
  const [version, toolchain] = end.output.slice(-2);
  const minor = Number(/^go1\.(\d+)/.exec(version ?? '')?.[1]);
  if (end.code !== 0 || version === undefined || Number.isNaN(minor)) {
    return { usable: false, why: `\`${path} env GOVERSION\` does not work` };
  }
  const minorMin = toolchain === 'local' ? goMinorMin : goMinorSwitching;
  if (minor < minorMin)
    return { usable: false, why: `${version} is too old, go1.${minorMin} or newer is needed` };
  return { usable: true, path, version };
}

export interface GoInstallOptions {
  readonly go: string;
  readonly env: Environment;
  readonly report: Report;
  readonly signal?: AbortSignal | undefined;
}

/** Builds the Temporal CLI to a file. When that fails, throws go's error text. */
export async function goInstallTemporal(target: string, options: GoInstallOptions): Promise<void> {
  const bin = `${target}-bin`;
  await makeFolder(bin);
  const progress = new GoProgress(options.report);
  try {
    const end = await runCommand({
      command: options.go,
      args: ['install', '-v', '-ldflags', '-s -w', goPackage],
      env: { ...options.env, GOBIN: bin },
      onLine: (line) => progress.add(line),
      silentMsMax,
      signal: options.signal,
    });
    if (end.silent) throw new Error(`go install printed nothing for ${formatElapsed(silentMsMax)}`);
    if (end.code !== 0) throw new Error(`go install failed: ${lastWords(end.output)}`);
    await rename(join(bin, 'temporal'), target);
  } finally {
    progress.stop();
    await rm(bin, { recursive: true, force: true });
  }
}

/** go prints its errors last, after the packages it compiled. */
function lastWords(output: readonly string[]): string {
  return output.slice(-3).join(' / ');
}

/** go prints one line per module it downloads and per package it compiles. */
class GoProgress {
  readonly #started = performance.now();
  readonly #report: Report;
  readonly #timer: NodeJS.Timeout;
  #downloaded = 0;
  #compiled = 0;

  constructor(report: Report) {
    this.#report = report;
    this.#timer = setInterval(() => this.#tell(), progressMs);
  }

  add(line: string): void {
    if (line.startsWith('go: downloading ')) this.#downloaded += 1;
    else this.#compiled += 1;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #tell(): void {
    const elapsed = formatElapsed(performance.now() - this.#started);
    this.#report({
      kind: 'progress',
      text: `building the Temporal CLI: ${this.#downloaded} modules downloaded, ${this.#compiled} of at most ${packagesAbout} packages compiled, ${elapsed}`,
    });
  }
}
