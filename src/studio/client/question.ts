// The question with its options, the reference answer and the chain's own; why the sample is where it is.
import type { Detail } from '../api.ts';
import { type Child, facts, h } from './dom.ts';
import { binBadge, decisionBadge } from './words.ts';

/** The letter of an option such as "B. left". */
const letterOf = (option: string) => /^\s*\(?([A-Z])[.):]/.exec(option)?.[1];
const isAnswer = (option: string, answer: string | undefined) =>
  answer !== undefined && (option.trim() === answer.trim() || letterOf(option) === answer.trim().replace(/[.):]$/, ''));

function optionLine(option: string, { truth, answer, decided }: Detail): HTMLElement {
  const right = isAnswer(option, decided?.answer ?? truth);
  const said = isAnswer(option, answer);
  const words = [right && 'reference', said && 'chain'].filter((word) => word !== false);
  return h(
    'li',
    { class: `${right ? 'right' : ''} ${said && !right ? 'wrong' : ''}` },
    option,
    words.length > 0 && h('span', { class: 'said' }, words.join(', ')),
  );
}

export function question(detail: Detail): HTMLElement {
  const { id, problem, bin, decision, type, skill, source, path, options, truth, answer, draft, decided, similarity } =
    detail;
  const answers: (readonly [string, Child] | undefined)[] = [
    ['Reference answer', truth || '(none)'],
    decided?.answer === undefined ? undefined : ['Your answer', decided.answer],
    answer === undefined ? undefined : ['Answer of the chain', answer],
    draft && draft.answer !== answer ? ['Answer of the draft', draft.answer] : undefined,
    similarity === undefined ? undefined : ['Similarity', similarity.toFixed(3)],
  ];
  const tags = [type, skill, source].filter((tag) => tag !== '');
  return h(
    'section',
    { class: 'question' },
    h(
      'p',
      { class: 'tags' },
      h('b', {}, id),
      binBadge(bin),
      decisionBadge(decision),
      tags.map((tag) => h('span', { class: 'tag-word' }, tag)),
    ),
    h('h2', {}, problem),
    options.length > 0 &&
      h(
        'ul',
        { class: 'choices' },
        options.map((option) => optionLine(option, detail)),
      ),
    facts(answers.filter((row) => row !== undefined)),
    path !== '' && h('p', { class: 'note path' }, path),
  );
}

export function why({ bin, why: rows, stale, decided }: Detail): Child {
  const parts: Child[] = [];
  if (rows.length > 0) parts.push(h('section', { class: `why ${bin}` }, h('h3', {}, `Why it is ${bin}`), facts(rows)));
  if (stale)
    parts.push(
      h(
        'p',
        { class: 'why stale' },
        'The chain has changed since this sample was decided: the decision is not applied. Decide again.',
      ),
    );
  if (decided?.note) parts.push(h('p', { class: 'why' }, h('b', {}, 'Your note: '), decided.note));
  return parts;
}

/** What each stage took, and the fields of the row that have no other place. */
export function origin({ provenance, extra, noDescription, curation }: Detail & { curation: boolean }): Child {
  return [
    curation && noDescription && h('p', { class: 'note' }, `No description: ${noDescription}.`),
    provenance.length > 0 &&
      h(
        'details',
        {},
        h('summary', {}, 'Who said it, and what it took'),
        provenance.map(({ stage, facts: rows }) => [h('h4', {}, stage), facts(rows)]),
      ),
    extra.length > 0 && h('details', {}, h('summary', {}, `Other fields (${extra.length})`), facts(extra)),
  ];
}
