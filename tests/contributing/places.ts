import { readFileSync } from 'node:fs';

/** Places named in a list of CONTRIBUTING.md: paths, in which `<word>` stands for any name, and a final `/` for a folder. */
export interface Places {
  readonly always: readonly string[];
  /** Named in items that begin with "If". */
  readonly sometimes: readonly string[];
}

/** The places named under a heading of CONTRIBUTING.md. */
export function placesUnder(heading: string): Places {
  const section = readFileSync('CONTRIBUTING.md', 'utf8')
    .split(/^## /m)
    .find((part) => part.startsWith(`${heading}\n`));
  if (section === undefined) throw new Error(`CONTRIBUTING.md has no heading ${heading}`);
  const items = section.split(/^\d+\. /m).slice(1);
  const isConditional = (item: string) => item.startsWith('If ');
  return {
    always: items.filter((item) => !isConditional(item)).flatMap(pathsIn),
    sometimes: items.filter(isConditional).flatMap(pathsIn),
  };
}

/** Whether a place covers a file. */
export function covers(place: string, file: string): boolean {
  const pattern = place
    .split(/(<[^>]+>)/)
    .map((part) => (part.startsWith('<') ? '[\\w-]+' : part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')))
    .join('');
  return new RegExp(`^${pattern}${place.endsWith('/') ? '.*' : '$'}`).test(file);
}

function pathsIn(item: string): string[] {
  return [...item.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code).filter(isPath);
}

/** A path has a folder or an ending; commands and names in code have neither. */
function isPath(code: string): boolean {
  return !code.includes(' ') && (code.includes('/') || /\.(ts|md|json)$/.test(code));
}
