// What can be done with the open sample: a bar of buttons, each with its key.
import type { Detail } from '../api.ts';
import { button, fill, h } from './dom.ts';

export interface Actions {
  accept(): void;
  reject(): void;
  discard(): void;
  edit(): void;
  withdraw(): void;
  next(): void;
  previous(): void;
}

const key = (name: string) => h('kbd', {}, name);

/** The bar for a sample; `undefined`: none is open. */
export function showActions(bar: HTMLElement, detail: Detail | undefined, does: Actions): void {
  if (!detail) return void fill(bar);
  const { decision, undecidable, truth, answer, bin } = detail;
  const decided = decision !== 'undecided';
  const act = (label: string, name: string, click: () => void, kind: string, title: string, pressed = false) =>
    button([label, key(name)], click, { class: kind, title, 'aria-pressed': pressed });
  const differs = bin === 'rejected' && decision !== 'edit' && answer !== undefined && answer !== truth;
  const warn =
    differs &&
    `Accepting keeps a chain that answers “${short(answer)}” beside the reference “${short(truth)}”. Edit the one that is wrong.`;
  const decisions = [
    act('Accept', 'A', does.accept, 'accept', 'Into the chains of thought', decision === 'accept'),
    act(
      'Reject',
      'R',
      does.reject,
      'reject',
      'No chain of thought; the question stays for reinforcement learning',
      decision === 'reject',
    ),
    act('Discard question', 'X', does.discard, 'discard', 'Neither chain nor question', decision === 'discard'),
    act('Edit', 'E', does.edit, 'edit', 'Change reasoning or reference answer, and accept', decision === 'edit'),
    button(['Take back', key('U')], does.withdraw, { disabled: !decided, title: 'As if it had not been decided' }),
  ];
  fill(
    bar,
    h(
      'div',
      { class: 'decide' },
      undecidable === undefined ? decisions : h('p', { class: 'note' }, `Nothing can be decided: ${undecidable}.`),
    ),
    warn && h('p', { class: 'note warn' }, warn),
    h(
      'div',
      { class: 'walk' },
      button(['‹', key('K')], does.previous, { 'aria-label': 'Previous sample' }),
      button(['›', key('J')], does.next, { 'aria-label': 'Next sample' }),
    ),
  );
}

const short = (text: string) => (text.length > 40 ? `${text.slice(0, 40)}…` : text);
