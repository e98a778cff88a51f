// Text that a model wrote, made readable: tags set apart, the scored span marked, a draft beside its revision.
// Leaves out: deciding where the span is (the rewards say so in characters).
import { html, type SafeHtml } from './html.ts';
import type { ReportFrame } from './speedrun-data.ts';
import { wordDiff } from './word-diff.ts';

export interface Span {
  readonly start: number;
  readonly end: number;
}

const tagPattern = /<\/?(?:think|answer)>/g;

/**
 * The completion with its think and answer tags set in small type and characters [start, end) inside <mark>.
 * A tag inside the span stays a tag and is marked as well. Every character of `output` appears exactly once.
 */
export function renderCompletion(output: string, span: Span | null): SafeHtml {
  const tags = [...output.matchAll(tagPattern)].map((m) => ({ start: m.index, end: m.index + m[0].length }));
  const clip = (at: number) => Math.min(Math.max(at, 0), output.length);
  const marked = span ? { start: clip(span.start), end: clip(span.end) } : { start: 0, end: 0 };
  const cuts = new Set([0, output.length, marked.start, marked.end, ...tags.flatMap((tag) => [tag.start, tag.end])]);
  const edges = [...cuts].sort((a, b) => a - b);
  const pieces = edges.slice(0, -1).map((start, i) => {
    const text = output.slice(start, edges[i + 1]);
    const isTag = tags.some((tag) => start >= tag.start && start < tag.end);
    const piece = isTag ? html`<span class="tag">${text}</span>` : html`${text}`;
    return start >= marked.start && start < marked.end ? html`<mark>${piece}</mark>` : piece;
  });
  return html`<p class="words">${pieces}</p>`;
}

/** Draft and revision as one text: what the refiner removed struck through, what it added highlighted. */
export function renderRevision(draft: string, revision: string): SafeHtml {
  const parts = wordDiff(draft, revision).map(({ kind, text }) => {
    if (kind === 'same') return html`${text}`;
    return kind === 'added' ? html`<ins>${text}</ins>` : html`<del>${text}</del>`;
  });
  return html`<p class="words">${parts}</p>`;
}

/** Small frames twice their size, in crisp pixels; large ones no wider than 224 px. */
const displayScale = (width: number) => (width <= 112 ? 2 : Math.min(1, 224 / width));

/** Frames side by side with their times in seconds; a single image has no time. */
export function renderStrip(frames: readonly ReportFrame[]): SafeHtml | null {
  if (frames.length === 0) return null;
  const items = frames.map(({ src, width, height, time }) => {
    const scale = displayScale(width);
    const size = html`width="${Math.round(width * scale)}" height="${Math.round(height * scale)}"`;
    const caption = frames.length > 1 ? html`<figcaption>${time.toFixed(2)} s</figcaption>` : null;
    return html`<figure><img src="${src}" ${size} alt="frame at ${time.toFixed(2)} seconds">${caption}</figure>`;
  });
  return html`<div class="strip">${items}</div>`;
}
