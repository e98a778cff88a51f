// What bins and decisions are called, and the badges that show them.
import type { Bin } from '../api.ts';
import { h } from './dom.ts';

export const decisionWords: Readonly<Record<string, string>> = {
  undecided: 'undecided',
  accept: 'accepted',
  reject: 'rejected by you',
  discard: 'discarded',
  edit: 'edited',
  stale: 'outdated decision',
};

const marks: Readonly<Record<string, string>> = { accept: '✓', reject: '✗', discard: '⊘', edit: '✎', stale: '↻' };

export const filterLabels = {
  bin: 'Outcome',
  rule: 'Reason',
  skill: 'Skill',
  type: 'Answer type',
  source: 'Source',
  decision: 'Decision',
} as const;

export const binBadge = (bin: Bin): HTMLElement => h('span', { class: `badge ${bin}` }, bin);

/** Nothing for an undecided row. */
export const decisionBadge = (decision: string): HTMLElement | null =>
  decision === 'undecided'
    ? null
    : h(
        'span',
        { class: `badge decision ${decision}` },
        `${marks[decision] ?? ''} ${decisionWords[decision] ?? decision}`,
      );
