import { fileURLToPath } from 'node:url';
import { shownPath } from '../code/place.js';

/**
 * The innermost place in one of the files that an error came through: `file:line:column`, or the file alone when the
 * stack was not translated back to it. Undefined when it came through none.
 */
export function placeIn(error: unknown, files: readonly string[]): string | undefined {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const frame = stack
    .split('\n')
    .map(frameOf)
    .find((one) => one !== undefined && files.includes(one.path));
  return frame === undefined ? undefined : `${shownPath(frame.path)}${frame.position}`;
}

interface Frame {
  readonly path: string;
  /** `:line:column`, or nothing when it would be that of compiled text. */
  readonly position: string;
}

const location = /(?<scheme>file:\/\/)?(?<path>\/[^()?]*?)(?<query>\?[^()]*?)?(?<position>:\d+:\d+)\)?$/;

function frameOf(line: string): Frame | undefined {
  const { scheme, path, query, position = '' } = location.exec(line)?.groups ?? {};
  if (path === undefined) return undefined;
  return {
    path: scheme === undefined ? path : fileURLToPath(`file://${path}`),
    // A loader's query stands in the place of what was executed, not of what was written.
    position: query === undefined ? position : '',
  };
}
