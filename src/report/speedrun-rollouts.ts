// Fifth part of the speedrun's page: groups of completions one can read, with what each earned and why.
import { renderCompletion, renderStrip } from './completion-view.ts';
import { html, type SafeHtml } from './html.ts';
import { details } from './page.ts';
import type { ReportCompletion, Rollout } from './speedrun-data.ts';

/** Completions shown before the rest folds away. */
const shownAtOnce = 4;

const signed = (value: number) => `${value > 0 ? '+' : ''}${value.toFixed(2)}`.replace('-', '−');

/** Whether the gate of Eq. 6 kept a positive R_s out of the total. */
const gated = ({ total, format, accuracy, semantic }: ReportCompletion['rewards']) =>
  semantic > 0 && Math.abs(total - format - accuracy) < 1e-6;

function completionCard({ output, span, rewards, advantage, tokens }: ReportCompletion, index: number): SafeHtml {
  const tone = advantage > 0 ? 'up' : advantage < 0 ? 'down' : '';
  return html`<div class="completion ${tone}">
<div class="scores"><span>#${index + 1}</span><span>reward <b>${rewards.total.toFixed(2)}</b></span>
<span>format ${rewards.format.toFixed(2)}</span><span>accuracy ${rewards.accuracy.toFixed(2)}</span>
<span>semantic ${rewards.semantic.toFixed(2)}${gated(rewards) && ' (gated, not counted)'}</span><span>advantage <b>${signed(advantage)}</b></span>
${tokens !== undefined && html`<span>${tokens} tokens</span>`}</div>
${renderCompletion(output, span)}
</div>`;
}

/** One question: its frames, options and reference answer, and its whole group of completions. */
export function rolloutCard(rollout: Rollout): SafeHtml {
  const cards = rollout.completions.map(completionCard);
  const rest = cards.slice(shownAtOnce);
  return html`<div class="card">
<h3>${rollout.problem}</h3>
<div class="meta">step ${rollout.step} · ${rollout.skill} · ${rollout.problem_type} · sample ${rollout.id} · ${rollout.path}</div>
${renderStrip(rollout.frames)}
${rollout.options.length > 0 && html`<ul class="options">${rollout.options.map((option) => html`<li>${option}</li>`)}</ul>`}
<p>Reference answer: <b>${rollout.reference}</b></p>
<div class="completions">${cards.slice(0, shownAtOnce)}</div>
${rest.length > 0 && details(`${rest.length} more of this group`, html`<div class="completions">${rest}</div>`)}
</div>`;
}

/** All groups, in the order given. */
export function rolloutsSection(rollouts: readonly Rollout[]): SafeHtml {
  if (rollouts.length === 0) return html`<p class="note">No rollouts were kept.</p>`;
  return html`<p class="lead">Groups as GRPO sampled them. The <mark>marked span</mark> is what the semantic reward compared with the
frames: it starts after the first sentence of the reasoning. Green edge: above the group's mean; red edge: below.</p>
${rollouts.map(rolloutCard)}`;
}
