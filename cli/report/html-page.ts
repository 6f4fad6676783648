/** Text as HTML text or attribute value. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/** A self-contained page: styles and drawings are inline. */
export function htmlPage(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeHtml(title)}</title>
<style>${styles}</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
${body}
</main>
</body>
</html>
`;
}

/** A table with names in the first column and right-aligned numbers in the others. */
export function htmlTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (row: readonly string[], tag: string) =>
    row.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join('');
  const body = rows.map((row) => `<tr>${cells(row, 'td')}</tr>`).join('\n');
  return `<div class="scroll"><table><thead><tr>${cells(head, 'th')}</tr></thead><tbody>${body}</tbody></table></div>`;
}

/** Colours are custom properties, so that drawings follow the light or dark setting of the browser. */
const styles = `
:root { color-scheme: light dark; --bg: #fbfbfa; --fg: #1d2125; --muted: #68707a; --line: #d9dce0; --card: #ffffff;
  --a: #1f6feb; --b: #d9730d; --c: #7a828c; --new: #1f6feb; --reuse: #2f8f4e; --buffering: #b7791f; --fall: #c93c37; }
@media (prefers-color-scheme: dark) { :root { --bg: #15181c; --fg: #e6e8ea; --muted: #9aa3ad; --line: #343a41; --card: #1c2026;
  --a: #6ea8fe; --b: #f0a35e; --c: #8d96a0; --new: #6ea8fe; --reuse: #5fc27e; --buffering: #e0b050; --fall: #ff7b72; } }
body { margin: 0; background: var(--bg); color: var(--fg); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 1000px; margin: 0 auto; padding: 2rem 1rem 4rem; }
h1 { font-size: 1.7rem; } h2 { font-size: 1.2rem; margin: 2.2rem 0 .4rem; } p { color: var(--muted); margin: .2rem 0 .8rem; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 1rem; margin: 1rem 0; }
section h3 { margin: 0 0 .4rem; font-size: 1rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid var(--line); white-space: nowrap; }
th:not(:first-child), td:not(:first-child) { text-align: right; }
th { color: var(--muted); font-weight: 500; } .scroll { overflow-x: auto; }
section { overflow-x: auto; } svg { width: 100%; min-width: 620px; height: auto; display: block; } svg text { fill: var(--muted); font: 12px system-ui, sans-serif; }
svg .label { fill: var(--fg); font-weight: 600; } svg .grid { stroke: var(--line); stroke-width: 1; }
svg .edge { stroke: var(--c); stroke-width: 1.2; stroke-opacity: .7; }
.legend { display: flex; flex-wrap: wrap; gap: 1.2rem; color: var(--muted); font-size: .9rem; }
.legend i { display: inline-block; width: .8rem; height: .8rem; border-radius: 2px; margin-right: .4rem; vertical-align: -1px; }
code { font-size: .85rem; }
`;
