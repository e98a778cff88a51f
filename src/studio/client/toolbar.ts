// The top of the page: what is reviewed, how far, undo and redo, applying, help.
import type { Overview } from '../api.ts';
import { button, fill, h, number } from './dom.ts';

export interface Toolbar {
  readonly element: HTMLElement;
  show(overview: Overview): void;
}

export interface ToolbarActions {
  undo(): void;
  redo(): void;
  apply(): void;
  help(): void;
}

export function toolbar(does: ToolbarActions): Toolbar {
  const undo = button('↶ Undo', does.undo, { title: 'Z' });
  const redo = button('↷ Redo', does.redo, { title: 'Shift+Z' });
  const apply = button('Apply', does.apply, { class: 'primary', title: 'Write the data anew with all decisions' });
  const name = h('span', { class: 'name' });
  const far = h('span', { class: 'far' });
  const changed = h('span', { class: 'changed', role: 'status' });
  const element = h(
    'header',
    { class: 'top' },
    h('h1', {}, 'Review'),
    name,
    far,
    changed,
    h('div', { class: 'tools' }, undo, redo, apply, button('?', does.help, { 'aria-label': 'Keys', title: 'Keys' })),
  );
  return {
    element,
    show(overview) {
      fill(name, overview.name);
      fill(far, `${number(overview.decided)} of ${number(overview.total)} decided`);
      fill(changed, overview.changed ? 'The files have changed since: start the review again to see them.' : '');
      undo.disabled = !overview.undo;
      redo.disabled = !overview.redo;
      apply.disabled = overview.decided === 0;
    },
  };
}
