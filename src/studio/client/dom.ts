// Elements from plain data. Whatever a sample says becomes a text node; nothing here makes markup of text.

export type Child = Node | string | number | null | undefined | false | readonly Child[];
type Listener = (event: never) => void;
type Prop = string | number | boolean | undefined | Listener;

/** An element with attributes (true: present, false and undefined: absent), listeners (functions, by their event's name), and children. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: Readonly<Record<string, Prop>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === 'function') element.addEventListener(name, value as unknown as EventListener);
    else if (name.startsWith('aria-') && value !== undefined) element.setAttribute(name, String(value));
    else if (value === true) element.setAttribute(name, '');
    else if (value !== false && value !== undefined) element.setAttribute(name, String(value));
  }
  append(element, children);
  return element;
}

export function append(parent: Node, children: readonly Child[]): void {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    if (typeof child === 'string' || typeof child === 'number')
      parent.appendChild(document.createTextNode(String(child)));
    else if (child instanceof Node) parent.appendChild(child);
    else append(parent, child);
  }
}

/** The parent with these children and no others. */
export function fill<E extends Element>(parent: E, ...children: readonly Child[]): E {
  parent.replaceChildren();
  append(parent, children);
  return parent;
}

/** Names with values, as a definition list; nothing where there are none. */
export const facts = (rows: readonly (readonly [name: string, value: Child])[]): Child =>
  rows.length > 0 &&
  h(
    'dl',
    { class: 'facts' },
    rows.map(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]),
  );

export const button = (
  label: Child,
  click: () => void,
  props: Readonly<Record<string, Prop>> = {},
): HTMLButtonElement => h('button', { type: 'button', click, ...props }, label);

export const unfold = (summary: string, ...body: readonly Child[]): HTMLElement =>
  h('details', {}, h('summary', {}, summary), body);

/** '1:07.5' */
export function clock(seconds: number): string {
  const tenths = Math.round(seconds * 10);
  const [minutes, rest] = [Math.floor(tenths / 600), tenths % 600];
  return `${minutes}:${String(Math.floor(rest / 10)).padStart(2, '0')}.${rest % 10}`;
}

export const number = (value: number): string => value.toLocaleString('en');
