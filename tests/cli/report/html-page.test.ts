import { expect, test } from 'vitest';
import { escapeHtml, htmlPage, htmlTable } from '../../../cli/report/html-page.js';

test('text is escaped for elements and attributes', () => {
  expect(escapeHtml(`<a href="x" id='y'>&`)).toBe('&lt;a href=&quot;x&quot; id=&#39;y&#39;&gt;&amp;');
});

test('a page loads no file and runs no script', () => {
  const page = htmlPage('<title>', '<p>body</p>');
  expect(page).toContain('<title>&lt;title&gt;</title>');
  expect(page).toContain("default-src 'none'");
  expect(page).not.toMatch(/https?:|<script|<link|src=/);
});

test('cells of a table are escaped', () => {
  expect(htmlTable(['<h>'], [['<c>']])).toContain(
    '<th>&lt;h&gt;</th></tr></thead><tbody><tr><td>&lt;c&gt;</td>',
  );
});
