/** A link of a Markdown page, with the offset at which it begins. */
export interface Link {
  readonly offset: number;
  readonly target: string;
}

/** The anchors of a page, as GitHub makes them from its headings. */
export function anchorsOf(markdown: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const heading of headingsOf(markdown)) {
    const slug = slugOf(heading);
    let anchor = slug;
    for (let n = 1; anchors.has(anchor); n += 1) anchor = `${slug}-${n}`;
    anchors.add(anchor);
  }
  return anchors;
}

export function headingsOf(markdown: string): readonly string[] {
  return [...withoutFences(markdown).matchAll(/^#{1,6} +(.+?) *$/gm)].map(([, heading = '']) => heading);
}

/** Links that lead to a file of the repository or to a heading. */
export function relativeLinksOf(markdown: string): readonly Link[] {
  return [...withoutFences(markdown).matchAll(/\]\(([^()\s]+)\)/g)]
    .map(({ index, 1: target = '' }) => ({ offset: index, target }))
    .filter(({ target }) => !/^[a-z]+:/.test(target));
}

function slugOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{Letter}\p{Number} _-]/gu, '')
    .replaceAll(' ', '-');
}

/** The page with the lines of its code blocks blank, so that offsets keep their line. */
function withoutFences(markdown: string): string {
  return markdown.replace(/^```.*?^```/gms, (block) => block.replace(/[^\n]/g, ' '));
}
