import { isMap, isNode, isScalar, LineCounter, type Node, parseDocument } from 'yaml';

export interface ConfigText {
  /** For messages; '' when there is no file. */
  readonly file: string;
  readonly text: string;
}

interface YamlFault {
  readonly line: number;
  readonly message: string;
}

export type YamlFile =
  | {
      readonly ok: true;
      readonly value: unknown;
      /** The line of a field's key, or of the nearest enclosing section; 1 without any. */
      readonly lineOf: (path: readonly string[]) => number;
    }
  | { readonly ok: false; readonly faults: readonly YamlFault[] };

/** Parses a file and keeps the lines of its fields. */
export function parseYaml({ text }: ConfigText): YamlFile {
  const lines = new LineCounter();
  // Pretty errors quote lines of the file, others a token after a colon: either may be a secret.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
  const faults = document.errors.map(({ pos, message }) => ({
    line: lines.linePos(pos[0]).line,
    message: message.replace(/:.*/s, ''),
  }));
  if (faults.length > 0) return { ok: false, faults };
  try {
    const value: unknown = document.toJS();
    // A file that contains only comments configures nothing.
    return { ok: true, value: value ?? {}, lineOf: (path) => lineOf(document.contents, path, lines) };
  } catch {
    // Only an alias can still fail, and its message would quote it.
    return { ok: false, faults: [{ line: 1, message: 'an alias (*name) cannot be resolved' }] };
  }
}

function lineOf(root: Node | null, path: readonly string[], lines: LineCounter): number {
  let line = 1;
  let section: unknown = root;
  for (const name of path) {
    const pair = isMap(section)
      ? section.items.find(({ key }) => isScalar(key) && String(key.value) === name)
      : undefined;
    if (pair === undefined || !isNode(pair.key)) return line;
    line = lines.linePos(pair.key.range?.[0] ?? 0).line;
    section = pair.value;
  }
  return line;
}
