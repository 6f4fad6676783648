import { describe, expect, test } from 'vitest';
import { exampleConfig } from '../../config/example.js';
import { configRoot, type FieldNode, fieldAt, findVariable, listFields } from '../../config/field.js';
import { loadConfig } from '../../config/load.js';
import { environmentOverrides } from '../../config/schema.js';

function leavesOf(section: FieldNode, path: readonly string[] = []): (readonly string[])[] {
  return listFields(section).flatMap(([key, field]) =>
    field.properties === undefined ? [[...path, key]] : leavesOf(field, [...path, key]),
  );
}

const leaves = leavesOf(configRoot);
const lines = exampleConfig().split('\n');

test('the configuration schema has fields', () => {
  expect(leaves.length).toBeGreaterThan(10);
});

test('the example file contains the defaults', () => {
  const example = { file: 'example.yaml', text: exampleConfig() };
  expect(loadConfig(example, {})).toEqual(loadConfig({ file: '', text: '' }, {}));
});

describe.each(leaves.map((path) => ({ name: path.join('.'), path })))('the field $name', ({ path }) => {
  test('the example shows the field below its meaning, its choices and its variable', () => {
    const at = lines.findIndex(
      (line, index) => line.trim().startsWith(`${path.at(-1)}:`) && index > sectionLine(path),
    );
    const comment = lines[at - 1] ?? '';
    const { description = '', enum: choices = [] } = fieldAt(path) ?? {};
    expect(description).not.toBe('');
    expect(comment.trim().startsWith(`# ${description}`)).toBe(true);
    for (const choice of choices) expect(comment).toContain(String(choice));
    expect(comment).toContain(`Environment: ${findVariable(path)}.`);
  });
});

test('every variable overrides a field of its own', () => {
  const overridden = Object.values(environmentOverrides).map((path) => path.join('.'));
  expect([...overridden].sort()).toEqual(leaves.map((path) => path.join('.')).sort());
});

function sectionLine(path: readonly string[]): number {
  return path.length === 1 ? -1 : lines.indexOf(`${path[0]}:`);
}
