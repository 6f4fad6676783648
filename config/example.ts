import { configRoot, type FieldNode, findVariable, listFields } from './field.js';

/** A YAML file with every field, its default, its meaning and the variable that overrides it. */
export function exampleConfig(): string {
  return `${section(configRoot, [], '').join('\n')}\n`;
}

function section(node: FieldNode, path: readonly string[], indent: string): string[] {
  return listFields(node).flatMap(([key, field]) => lines(key, field, [...path, key], indent));
}

function lines(key: string, field: FieldNode, path: readonly string[], indent: string): string[] {
  const choices = field.enum === undefined ? '' : ` One of: ${field.enum.join(', ')}.`;
  const variable = findVariable(path);
  const override = variable === undefined ? '' : ` Environment: ${variable}.`;
  const comment = `${indent}# ${field.description ?? ''}${choices}${override}`;
  return field.properties === undefined
    ? [comment, `${indent}${key}: ${JSON.stringify(field.default ?? '')}`]
    : [comment, `${indent}${key}:`, ...section(field, path, `${indent}  `)];
}
