import { dagDrawing } from '../report/dag-drawing.js';
import { escapeHtml, htmlPage, htmlTable } from '../report/html-page.js';
import { figureHead, figureRow, performanceCharts } from '../report/strategy-report.js';
import type { DemoStep } from './scenario.js';
import { meaning } from './text.js';

/** The demo as one page: what each submission shared, and how the strategies performed. */
export function demoReport(steps: readonly DemoStep[]): string {
  const ran = steps.filter((step) => step.run !== undefined);
  const figures = ran.flatMap((step) =>
    step.run === undefined ? [] : [figureRow(`${step.compiled.strategy.id}: ${step.title}`, step.run)],
  );
  const intro =
    '<p>S&amp;P 500, daily bars 2000-01-03 … 2020-04-17. The weight decided at one close is held over the next bar; no costs.</p>';
  const body = [
    intro,
    htmlTable(figureHead, figures),
    ...steps.map((step, index) => section(index + 1, step, steps[0])),
  ];
  return htmlPage('QMTL demo', body.join('\n'));
}

function section(number: number, step: DemoStep, first: DemoStep | undefined): string {
  const { compiled, run, lines } = step;
  const specs = new Map(compiled.dag.nodes.map((node) => [node.nodeId, node]));
  const drawn = lines.map((line) => ({
    id: line.node_id,
    label: line.name,
    detail: line.node_type,
    diff: line.diff,
    dependencies: specs.get(line.node_id)?.dependencies ?? [],
  }));
  const charts = run === undefined ? '' : performanceCharts(run);
  return `<h2>${number}. ${escapeHtml(step.title)}</h2>
<p>${escapeHtml(meaning(step, first))}</p>
<section>${dagDrawing(drawn)}</section>
${charts}`;
}
