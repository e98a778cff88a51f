// The keys of the page, and the window that lists them. Where one writes, keys write.
import { button, h } from './dom.ts';

export interface Key {
  /** As KeyboardEvent.key, lower case; 'shift+z' and 'ctrl+z' with modifiers. */
  readonly on: readonly string[];
  readonly shown: string;
  readonly does: string;
  run(): void;
}

const nameOf = ({ key, shiftKey, ctrlKey, metaKey, altKey }: KeyboardEvent): string | undefined => {
  if (altKey) return undefined;
  const letter = key.length === 1 ? key.toLowerCase() : key;
  const shifted = shiftKey && /^[a-z]$/.test(letter);
  return `${ctrlKey || metaKey ? 'ctrl+' : ''}${shifted ? 'shift+' : ''}${letter}`;
};

const writes = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.closest('dialog') !== null || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

export function listenToKeys(keys: readonly Key[]): void {
  document.addEventListener('keydown', (event) => {
    if (writes(event.target)) {
      if (event.key === 'Escape') (event.target as HTMLElement).blur();
      return;
    }
    const name = nameOf(event);
    // A button that has the focus is pressed by the space bar and Enter.
    if (event.target instanceof HTMLButtonElement && (name === ' ' || name === 'Enter')) return;
    const key = keys.find(({ on }) => name !== undefined && on.includes(name));
    if (!key) return;
    event.preventDefault();
    key.run();
  });
}

export function helpWindow(keys: readonly Key[]): HTMLDialogElement {
  const rows = keys.map(({ shown, does }) => [
    h(
      'dt',
      {},
      shown.split(' ').map((part) => h('kbd', {}, part)),
    ),
    h('dd', {}, does),
  ]);
  const dialog = h(
    'dialog',
    { class: 'help', 'aria-labelledby': 'help-title' },
    h('h2', { id: 'help-title' }, 'Keys'),
    h('dl', { class: 'keys' }, rows),
    h(
      'div',
      { class: 'actions' },
      button('Close', () => dialog.close()),
    ),
  );
  return dialog;
}
