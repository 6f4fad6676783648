import { describe, expect, test } from 'vitest';
import { parseArtifactPart } from '../../../domain/artifacts/artifact-part-document.js';
import { artifactParts, halvesOf } from '../../../domain/artifacts/artifact-parts.js';
import { artifactWork, isOneTransaction } from '../../../domain/artifacts/artifact-work.js';
import { toNodeCode } from '../../../domain/artifacts/node-code.js';
import { hashFields } from '../../../domain/artifacts/record-schema.js';
import { limits } from '../../../domain/base/limits.js';
import { artifactPartDocument, artifactPartToWire } from '../../../proto/convert/artifact-parts.js';
import { accepted, sampleDocument, sampleNode } from '../../samples.js';

const fields = '[["close","float64"]]';
const schemas = [{ schemaHash: hashFields(fields), fields }];

/** Nodes, of which `each` have the same module. */
function sample(modules: number, each: number) {
  const code = Array.from({ length: modules }, (_, index) => toNodeCode(`// ${index}`, '[]'));
  const nodes = code.flatMap(({ codeHash }) =>
    Array.from({ length: each }, (_, index) =>
      sampleNode({
        code_hash: codeHash,
        schema_hash: hashFields(fields),
        params: { index },
        dependencies: [],
      }),
    ),
  );
  const { dag } = accepted({ ...sampleDocument({ nodes: 1 }), dag: { nodes } });
  return { artifacts: { code, schemas }, users: dag.nodes };
}

describe('parts of artifacts', () => {
  test.each<[bound: string, bounds: { textsMax?: number; unitsMax?: number; usersMax?: number }]>([
    ['texts', { textsMax: 2 }],
    ['units', { unitsMax: 20 }],
    ['users', { textsMax: 3, usersMax: 3 }],
  ])('every part keeps the bound of %s, and together they hold everything once', (_bound, bounds) => {
    const { artifacts, users } = sample(5, 4);
    const all = { textsMax: 99, unitsMax: 9_999, usersMax: 99, ...bounds };
    const parts = artifactParts(artifacts, users, all);
    expect(parts.length).toBeGreaterThan(1);
    for (const { code, schemas: some, users: theirs } of parts) {
      expect(code.length + some.length).toBeLessThanOrEqual(all.textsMax);
      expect(theirs.length).toBeLessThanOrEqual(all.usersMax);
      const units = code.reduce((sum, one) => sum + one.text.length, 0);
      expect(code.length + some.length === 1 || units <= all.unitsMax).toBe(true);
    }
    expect(parts.flatMap(({ code }) => code)).toEqual(artifacts.code);
    expect(parts.flatMap((part) => part.schemas)).toEqual(schemas);
    expect(new Set(parts.flatMap((part) => part.users))).toEqual(new Set(users));
  });

  test('each text has one of its nodes in its own part, which the control plane accepts', () => {
    const { artifacts, users } = sample(3, 9);
    for (const part of artifactParts(artifacts, users, { textsMax: 4, unitsMax: 9_999, usersMax: 4 })) {
      expect(parseArtifactPart(artifactPartDocument(artifactPartToWire(part)))).toMatchObject({ ok: true });
    }
  });

  test('a part is divided until it is one text of one node', () => {
    const { artifacts, users } = sample(3, 2);
    let parts = artifactParts(artifacts, users, { textsMax: 99, unitsMax: 9_999, usersMax: 99 });
    for (let round = 0; round < 9; round += 1) parts = parts.flatMap((part) => halvesOf(part) ?? [part]);
    expect(parts.every((part) => part.code.length + part.schemas.length <= 1)).toBe(true);
    expect(parts.every((part) => part.users.length === 1)).toBe(true);
    expect(parts.flatMap(({ code }) => code)).toEqual(artifacts.code);
  });

  test.each<[what: string, change: object, problem: string]>([
    ['a node without an id', { users: [{ node_id: 'x' }] }, '/users/0/node_id'],
    ['users that are not a list', { users: 'x' }, '/users'],
    ['code of no node', { code: [{ module: '// other', inputs: [] }] }, '/code/0'],
    ['more nodes than a DAG has', { users: new Array(limits.dagNodesMax + 1).fill({}) }, '/users'],
  ])('%s is refused', (_what, change, path) => {
    const { artifacts, users } = sample(1, 1);
    const document = Object(artifactPartDocument(artifactPartToWire({ ...artifacts, users })));
    const parsed = parseArtifactPart({ ...document, ...change });
    expect(parsed.ok ? [] : parsed.problems.map((problem) => problem.path)).toContain(path);
  });

  test('a registration stores up to startTextsMax texts and startTextUnitsMax units, and nothing past it', () => {
    const { startTextsMax, startTextUnitsMax, artifactPartTextsMax } = limits;
    const texts = (count: number) => artifactWork([], new Array<string>(count).fill('x'));
    const units = (count: number) => artifactWork([['x'.repeat(count - 2), '[]']], []);
    expect(isOneTransaction(texts(startTextsMax))).toBe(true);
    expect(isOneTransaction(texts(startTextsMax + 1))).toBe(false);
    expect(isOneTransaction(units(startTextUnitsMax))).toBe(true);
    expect(isOneTransaction(units(startTextUnitsMax + 1))).toBe(false);
    expect(artifactPartTextsMax).toBeGreaterThan(startTextsMax);
  });
});
