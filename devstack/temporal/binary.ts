import { runCommand } from '../process/child-process.js';
import { describeFailure, type Environment } from '../process/progress.js';

/** A submission is an update-with-start, which server 1.28 introduced. */
const oldestServer = { major: 1, minor: 28 } as const;
const versionSilentMs = 20_000;

export type BinaryCheck =
  | { readonly usable: true; readonly serverVersion: string }
  | { readonly usable: false; readonly why: string };

/** Whether a file is a Temporal CLI that runs here and whose server is recent enough. */
export async function checkTemporalBinary(
  path: string,
  env: Environment,
  signal?: AbortSignal,
): Promise<BinaryCheck> {
  const printed = await versionOutput(path, env, signal);
  return typeof printed === 'string' ? parseTemporalVersion(printed) : printed;
}

async function versionOutput(
  path: string,
  env: Environment,
  signal?: AbortSignal,
): Promise<string | BinaryCheck> {
  try {
    const end = await runCommand({
      command: path,
      args: ['--version'],
      env,
      silentMsMax: versionSilentMs,
      signal,
    });
    if (end.silent)
      return { usable: false, why: `\`--version\` did not answer in ${versionSilentMs / 1000} s` };
    const last = end.output.at(-1) ?? 'it printed nothing';
    if (end.code !== 0) return { usable: false, why: `\`--version\` failed with code ${end.code} (${last})` };
    return end.output.join('\n');
  } catch (error) {
    signal?.throwIfAborted();
    return { usable: false, why: describeFailure(error) };
  }
}

/** Reads `temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)`. */
export function parseTemporalVersion(printed: string): BinaryCheck {
  const match = /^temporal version \S+ \(Server ((\d+)\.(\d+)\.\d+)/m.exec(printed);
  if (match === null) return { usable: false, why: 'it does not print the version of a Temporal CLI' };
  const [major, minor] = [Number(match[2]), Number(match[3])];
  const recent = major > oldestServer.major || (major === oldestServer.major && minor >= oldestServer.minor);
  if (!recent) {
    return {
      usable: false,
      why: `its server is ${major}.${minor}, and ${oldestServer.major}.${oldestServer.minor} or newer is needed`,
    };
  }
  return { usable: true, serverVersion: match[1] ?? '' };
}
