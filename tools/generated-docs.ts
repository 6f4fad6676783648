import { readFileSync } from 'node:fs';
import { openApiText } from '../api/openapi/document.js';
import { apiRoutes } from '../api/routes/table.js';
import { packageVersion } from '../std/node/package-root.js';
import { dependencyCruiserConfig } from './dependency-cruiser-config.js';
import { importRules } from './import-rules.js';
import { cruise, dependencyCruiserFile, type GroupReport, groupReports } from './module-graph.js';

const architecture = 'docs/architecture.md';

/** Every generated file, path → text. Generated parts of a page are between `<!-- begin NAME -->` and `<!-- end NAME -->`. */
export function generatedDocs(): ReadonlyMap<string, string> {
  const reports = groupReports(cruise('.'));
  const page = readFileSync(architecture, 'utf8');
  return new Map([
    [dependencyCruiserFile, dependencyCruiserConfig()],
    ['docs/openapi.json', openApiText(apiRoutes, packageVersion)],
    [architecture, withPart(withPart(page, 'folders', folderTable(reports)), 'module graph', graph(reports))],
  ]);
}

function withPart(page: string, name: string, text: string): string {
  const [begin, end] = [`<!-- begin ${name} -->`, `<!-- end ${name} -->`];
  const [before, rest] = page.split(begin);
  const [, after] = rest?.split(end) ?? [];
  if (before === undefined || after === undefined) throw new Error(`${architecture} has no part "${name}"`);
  return `${before}${begin}\n${text}${end}${after}`;
}

/** Folders with their content and their allowed imports. */
function folderTable(reports: readonly GroupReport[]): string {
  const rows = importRules.flatMap(({ from, holds, files, packages }) => {
    const folder = from.replace(/\/$/, '');
    const report = reports.find(({ group }) => group === folder);
    if (holds === undefined || report === undefined) return [];
    const own = files.map((path) => `\`${path.replace(/\/$/, '')}\``).join(', ');
    const outside = packages.map((name) => `\`${name}\``).join(', ');
    return [`| \`${from}\` | ${holds} | ${own || '–'} | ${outside || '–'} |`];
  });
  return `| folder | holds | may import | packages |\n|---|---|---|---|\n${rows.join('\n')}\n`;
}

/** An edge means "imports". Edges implied by two others are left out, to keep the page readable. */
function graph(reports: readonly GroupReport[]): string {
  const importsOf = new Map(reports.map(({ group, imports }) => [group, imports]));
  const edges = reports.flatMap(({ group, imports }) =>
    imports
      .filter((target) => !imports.some((other) => other !== target && reaches(importsOf, other, target)))
      .map((target) => `  ${nameOf(group)} --> ${nameOf(target)}`),
  );
  const nodes = reports.map(({ group, files }) => `  ${nameOf(group)}["${group} (${files})"]`);
  return `\`\`\`mermaid\nflowchart BT\n${nodes.join('\n')}\n${edges.join('\n')}\n\`\`\`\n`;
}

function reaches(importsOf: ReadonlyMap<string, readonly string[]>, from: string, to: string): boolean {
  const imports = importsOf.get(from) ?? [];
  return imports.includes(to) || imports.some((next) => reaches(importsOf, next, to));
}

function nameOf(group: string): string {
  // A bare `graph` would be a keyword of Mermaid.
  return `in_${group.replaceAll('/', '_')}`;
}
