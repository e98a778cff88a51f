// The chain of thought: what refinement changed word by word, the draft, the chain as it is, and what the reviewer wrote in its place.
import type { Detail, DiffPart } from '../api.ts';
import { type Child, fill, h } from './dom.ts';

const tagOf = { added: 'ins', removed: 'del', same: 'span' } as const;
const marked = (parts: readonly DiffPart[]): Child => parts.map(({ kind, text }) => h(tagOf[kind], {}, text));

interface View {
  readonly name: string;
  readonly body: Child;
}

function viewsOf({ think, draft, diff, editDiff, decided }: Detail): View[] {
  const same = diff?.every(({ kind }) => kind === 'same');
  const views: (View | undefined)[] = [
    editDiff && { name: 'Your edit', body: marked(editDiff) },
    diff && { name: same ? 'Unchanged' : 'Draft → revision', body: marked(diff) },
    draft && !same ? { name: 'Draft', body: draft.think } : undefined,
    think === '' || same ? undefined : { name: draft ? 'Revision' : 'Text', body: think },
    decided?.think === undefined ? undefined : { name: 'Edited text', body: decided.think },
  ];
  return views.filter((view) => view !== undefined);
}

/** The section, and how to go to its next view. */
export function chain(detail: Detail): { element: HTMLElement; nextView(): void } {
  const views = viewsOf(detail);
  const text = h('div', { class: 'words', role: 'tabpanel', tabindex: '0' });
  let at = 0;
  const tabs = views.map(({ name }, i) => h('button', { type: 'button', role: 'tab', click: () => show(i) }, name));
  const show = (i: number) => {
    at = i;
    tabs.forEach((tab, j) => void tab.setAttribute('aria-selected', String(i === j)));
    fill(text, views[i].body);
  };
  const heading = h('h3', {}, 'Reasoning');
  if (views.length === 0) {
    return {
      element: h('section', {}, heading, h('p', { class: 'note' }, 'There is none.')),
      nextView: () => undefined,
    };
  }
  show(0);
  const tablist = h('div', { class: 'tabs', role: 'tablist', 'aria-label': 'Views of the reasoning' }, tabs);
  const element = h('section', {}, h('div', { class: 'titled' }, heading, tablist), text, corrections(detail));
  return { element, nextView: () => show((at + 1) % views.length) };
}

function corrections({ inconsistencies }: Detail): Child {
  if (inconsistencies.length === 0) return null;
  const rows = inconsistencies.map(({ claim, evidence, correction }) =>
    h('li', {}, h('del', {}, claim), ' ', h('ins', {}, correction), h('p', { class: 'note' }, evidence)),
  );
  return h(
    'div',
    {},
    h('h4', {}, `What the refiner corrected (${inconsistencies.length})`),
    h('ul', { class: 'corrections' }, rows),
  );
}
