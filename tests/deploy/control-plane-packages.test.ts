import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { importRules } from '../../tools/import-rules.js';

const versions = z.record(z.string(), z.string());
const manifestSchema = z.object({
  dependencies: versions,
  devDependencies: versions.default({}),
  peerDependencies: versions.default({}),
  peerDependenciesMeta: z.record(z.string(), z.object({ optional: z.literal(true) })).default({}),
  workspaces: z.array(z.string()).default([]),
});
const lockSchema = z.object({
  packages: z.record(z.string(), z.object({ dev: z.boolean().optional(), optional: z.boolean().optional() })),
});

const read = (file: string): string => readFileSync(file, 'utf8');
const root = manifestSchema.parse(JSON.parse(read('package.json')));
const controlPlane = manifestSchema.parse(JSON.parse(read('deploy/control-plane/package.json')));
const lock = lockSchema.parse(JSON.parse(read('package-lock.json')));
const optional = Object.keys(root.peerDependencies);

describe('the packages of a control plane', () => {
  test('are optional for an author, and those of the workspace in the same versions', () => {
    expect(root.workspaces).toEqual(['deploy/control-plane']);
    expect(optional).toEqual(Object.keys(controlPlane.dependencies));
    // A range would constrain the versions that an author's own packages need.
    expect(new Set(Object.values(root.peerDependencies))).toEqual(new Set(['*']));
    expect(Object.keys(root.peerDependenciesMeta)).toEqual(optional);
    expect(optional.filter((name) => name in root.dependencies || name in root.devDependencies)).toEqual([]);
  });

  test('and the dependencies are all that the product may import', () => {
    const product = importRules.flatMap(({ packages }) => packages);
    const known = [...optional, ...Object.keys(root.dependencies)];
    expect([...new Set(product)].filter((name) => !known.includes(name))).toEqual([]);
  });

  test.each(optional)('%s is locked as a package of production', (name) => {
    expect(lock.packages[`node_modules/${name}`]).toEqual({});
  });

  test('are in the image: every install there sees the workspace', () => {
    const dockerfile = read('deploy/Dockerfile');
    const installs = dockerfile.split(/^FROM /m).filter((stage) => stage.includes('npm ci'));
    expect(installs).toHaveLength(2);
    for (const stage of installs) {
      const before = stage.slice(0, stage.indexOf('npm ci'));
      expect(before).toContain('COPY deploy/control-plane/package.json ./deploy/control-plane/');
    }
  });
});
