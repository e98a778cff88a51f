// What report/ offers: statistics with intervals, the speedrun's summary and page, figures, reflection rules.
export * from './bootstrap.ts';
export { renderCompletion, renderRevision, renderStrip } from './completion-view.ts';
export { groupedBarsSpec, sharesSpec, stackedBarsSpec, standaloneSvg } from './count-figures.ts';
export { correctionKind, correctionKinds, wordsChanged } from './edits.ts';
export {
  type Bar,
  barsSpec,
  type Curve,
  type CurvePoint,
  type CurvesOptions,
  curvesSpec,
  histogramSpec,
  renderSvg,
} from './figures.ts';
export { escapeHtml, type HtmlValue, html, rawHtml, SafeHtml } from './html.ts';
export { createLengthCounter, type LengthCounter, type LengthSummary, roundWidth } from './length-counter.ts';
export { bar, details, figure, type PageSection, renderPage, table, tile } from './page.ts';
export * from './reflection.ts';
export * from './speedrun-data.ts';
export { renderSpeedrunReport } from './speedrun-report.ts';
export * from './statistics.ts';
export * from './summarize.ts';
export * from './summary.ts';
export { type DiffPart, wordDiff } from './word-diff.ts';
