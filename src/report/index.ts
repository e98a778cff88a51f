// What report/ offers: statistics with intervals, the speedrun's summary and page, figures, reflection rules.
export * from './ablation-data.ts';
export { ablationMarkdown, renderAblationReport } from './ablation-report.ts';
export * from './bootstrap.ts';
export { renderCompletion, renderRevision, renderStrip } from './completion-view.ts';
export * from './figures.ts';
export { escapeHtml, type HtmlValue, html, rawHtml, SafeHtml } from './html.ts';
export { bar, details, figure, type PageSection, renderPage, table, tile } from './page.ts';
export * from './published.ts';
export * from './reflection.ts';
export * from './speedrun-data.ts';
export { renderSpeedrunReport } from './speedrun-report.ts';
export * from './statistics.ts';
export * from './summarize.ts';
export * from './summary.ts';
export * from './text-table.ts';
export { type DiffPart, wordDiff } from './word-diff.ts';
