// Writing another reasoning or reference answer in place of what is there. Leaves out: storing it.
import type { Decision, Detail } from '../api.ts';
import { button, fill, h } from './dom.ts';

export interface Editor {
  readonly element: HTMLDialogElement;
  open(detail: Detail): void;
}

/** What differs from the row, as a decision. */
function decisionOf({ think, truth }: Detail, written: { think: string; answer: string; note: string }): Decision {
  return {
    verdict: 'accept',
    ...(written.think === think ? {} : { think: written.think }),
    ...(written.answer === truth ? {} : { answer: written.answer }),
    ...(written.note === '' ? {} : { note: written.note }),
  };
}

/** `save` rejects with what is wrong, which is shown; the dialog stays then. */
export function editor(save: (decision: Decision) => Promise<void>): Editor {
  let detail: Detail | undefined;
  const think = h('textarea', { id: 'edit-think', rows: 12, spellcheck: true });
  const answer = h('textarea', { id: 'edit-answer', rows: 2 });
  const note = h('input', { id: 'edit-note', type: 'text', maxlength: 2000 });
  const problem = h('p', { class: 'problem-text', role: 'alert' });
  const original = h('p', { class: 'note' });

  const submit = async () => {
    if (!detail) return;
    const values = { think: think.value.trim(), answer: answer.value.trim(), note: note.value.trim() };
    const empty = Object.entries({ reasoning: values.think, answer: values.answer }).find(([, value]) => value === '');
    if (empty) return void fill(problem, `The ${empty[0]} is empty.`);
    try {
      await save(decisionOf(detail, values));
      element.close();
    } catch (error) {
      fill(problem, (error as Error).message);
    }
  };
  const keys = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void submit();
  };
  const field = (label: string, control: HTMLElement, more: string) =>
    h(
      'div',
      { class: 'field' },
      h('label', { for: control.id }, label),
      control,
      more !== '' && h('p', { class: 'note' }, more),
    );
  const element = h(
    'dialog',
    { class: 'editor', 'aria-labelledby': 'edit-title', keydown: keys },
    h('h2', { id: 'edit-title' }, 'Edit and accept'),
    field('Reasoning', think, 'Without <think> tags; they are put around it.'),
    field('Reference answer', answer, 'What training takes for right: change it where the data are wrong.'),
    original,
    field('Note (optional)', note, ''),
    problem,
    h(
      'div',
      { class: 'actions' },
      button('Save', () => void submit(), { class: 'primary', title: 'Ctrl+Enter' }),
      button('Cancel', () => element.close(), { title: 'Escape' }),
    ),
  );
  return {
    element,
    open(shown) {
      detail = shown;
      think.value = shown.decided?.think ?? shown.think;
      answer.value = shown.decided?.answer ?? shown.truth;
      note.value = shown.decided?.note ?? '';
      fill(original, shown.answer === undefined ? '' : `The chain answers: ${shown.answer}`);
      fill(problem);
      element.showModal();
      think.focus();
    },
  };
}
