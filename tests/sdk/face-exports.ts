import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseSync } from 'oxc-parser';

/** A name that a face of the package exports, and the doc comment of its declaration. */
export interface FaceExport {
  readonly face: string;
  readonly name: string;
  /** File of the declaration, relative to the root. */
  readonly file: string;
  /** '' when there is none. */
  readonly comment: string;
}

const root = resolve(import.meta.dirname, '../..');

/** Import specifiers of the faces, and their modules. */
export const faces = {
  qmtl: 'sdk/index.ts',
  'qmtl/backtest': 'sdk/backtest.ts',
  'qmtl/client': 'sdk/client.ts',
} as const;

/** All names of all faces. A face only re-exports, and lists its names. */
export function faceExports(): FaceExport[] {
  return Object.entries(faces).flatMap(([face, file]) =>
    reExports(file).map(({ name, from }) => ({ face, name, file: from, comment: commentOf(from, name) })),
  );
}

function reExports(file: string): { readonly name: string; readonly from: string }[] {
  const { module } = parseSync(file, readFileSync(join(root, file), 'utf8'));
  return module.staticExports.flatMap(({ entries }) =>
    entries.flatMap(({ exportName, moduleRequest }) => {
      if (exportName.name === null || moduleRequest === null) return [];
      const from = join(dirname(file), moduleRequest.value.replace(/\.js$/, '.ts'));
      return [{ name: exportName.name, from }];
    }),
  );
}

/** The comment right above the first declaration of the name. */
function commentOf(file: string, name: string): string {
  const text = readFileSync(join(root, file), 'utf8');
  const declaration = new RegExp(
    `^export (?:type|interface|class|const|(?:async )?function) ${name}\\b`,
    'm',
  ).exec(text);
  const before = text.slice(0, declaration?.index ?? 0);
  const start = before.lastIndexOf('/**');
  return before.endsWith('*/\n') && start !== -1 ? before.slice(start) : '';
}
