// Questions of result files that one can read, with the frames that were shown, what was said and how it was judged.
import { renderCompletion, renderStrip } from './completion-view.ts';
import { type Block, fenced, type Section } from './document.ts';
import type { EvalReport, ResultData, SampleCard } from './eval-data.ts';
import { html, type SafeHtml } from './html.ts';
import { plainMarkdown } from './text-table.ts';

const tone = ({ outcome }: SampleCard) => (outcome === 'right' ? 'up' : outcome === 'wrong' ? 'down' : '');

function cardHtml(card: SampleCard): SafeHtml {
  const { extracted, reflections, options, error } = card;
  return html`<div class="card">
<h3>${card.question}</h3>
<div class="meta">${card.type}${card.groups !== '' && ` · ${card.groups}`} · question ${card.id} · ${card.path}</div>
${renderStrip(card.frames)}
<p class="note">${card.framesNote}</p>
${options.length > 0 && html`<ul class="options">${options.map((option) => html`<li>${option}</li>`)}</ul>`}
<p>Reference answer: <b>${card.reference}</b></p>
<div class="completion ${tone(card)}"><div class="scores"><span><b>${card.outcome}</b></span><span>score ${card.score.toFixed(2)}</span>
<span>answer read: ${extracted ?? 'none'}</span>${card.judge !== undefined && html`<span>${card.judge}</span>`}<span>${card.tokens} tokens</span>${reflections > 0 && html`<span>${reflections} reflections</span>`}</div>
${error === null ? renderCompletion(card.output, null) : html`<p class="bad">${error}</p>`}</div>
</div>`;
}

function cardMarkdown(card: SampleCard): string {
  const { error } = card;
  const [id, type, path, extracted] = [card.id, card.type, card.path, card.extracted ?? 'none'].map(plainMarkdown);
  const judge = card.judge === undefined ? '' : `; ${plainMarkdown(card.judge)}`;
  return [
    `**Question ${id}** (${type}, ${path}): **${card.outcome}**, answer read: ${extracted}${judge}`,
    fenced([card.question, ...card.options].join('\n')),
    `Reference answer and what was said:`,
    fenced([card.reference, '', error ?? card.output].join('\n')),
  ].join('\n\n');
}

function resultBlocks({ label, samples }: ResultData): Block[] {
  if (samples.length === 0) return [];
  return [{ heading: label }, ...samples.map((card) => ({ page: cardHtml(card), markdown: cardMarkdown(card) }))];
}

export function sampleSection({ results, outcomes, samplesShown }: EvalReport): Section {
  return {
    id: 'samples',
    title: 'Samples',
    blocks: [
      {
        text: `At most ${samplesShown} of each result, chosen by this rule: outcomes in turn (${outcomes.join(', ')}), of each the next question in the order of the file.`,
      },
      ...results.flatMap(resultBlocks),
    ],
  };
}
