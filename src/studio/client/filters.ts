// The search field and a menu for each filter, with how many rows each choice leaves.
import type { Facets, FilterName, Filters } from '../api.ts';
import { button, fill, h, number } from './dom.ts';
import { decisionWords, filterLabels } from './words.ts';

export interface FilterBar {
  readonly element: HTMLElement;
  show(filters: Filters, facets: Facets): void;
  focusSearch(): void;
}

const names = Object.keys(filterLabels) as FilterName[];
/** After the last key of a search. */
const PAUSE_MS = 250;

export function filterBar(changed: (filters: Filters) => void): FilterBar {
  let filters: Filters = {};
  let timer = 0;
  const set = (name: FilterName | 'q', value: string) => {
    const { [name]: _, ...rest } = filters;
    filters = value === '' ? rest : { ...rest, [name]: value };
    changed(filters);
  };
  const search = h('input', {
    type: 'search',
    id: 'search',
    placeholder: 'Search questions, reasoning, answers',
    autocomplete: 'off',
    spellcheck: 'false',
    input: () => {
      clearTimeout(timer);
      timer = window.setTimeout(() => set('q', search.value.trim()), PAUSE_MS);
    },
  });
  const menus = names.map((name) => {
    const menu = h('select', { id: `filter-${name}`, change: () => set(name, menu.value) });
    return [name, menu] as const;
  });
  const clear = button('Clear filters', () => {
    filters = {};
    changed(filters);
  });
  const element = h(
    'form',
    { class: 'filters', role: 'search', submit: (event: Event) => event.preventDefault() },
    h('label', { for: 'search', class: 'hidden' }, 'Search'),
    search,
    h(
      'div',
      { class: 'menus' },
      menus.map(([name, menu]) => h('div', {}, h('label', { for: menu.id }, filterLabels[name]), menu)),
    ),
    clear,
  );
  return {
    element,
    focusSearch: () => search.select(),
    show(now, facets) {
      filters = now;
      if (document.activeElement !== search) search.value = now.q ?? '';
      clear.hidden = Object.keys(now).length === 0;
      for (const [name, menu] of menus) {
        const chosen = now[name] ?? '';
        fillMenu(menu, name, chosen, facets[name]);
        menu.parentElement!.hidden = chosen === '' && facets[name].length < 2;
        menu.classList.toggle('set', chosen !== '');
      }
    },
  };
}

function fillMenu(menu: HTMLSelectElement, name: FilterName, chosen: string, values: Facets[FilterName]): void {
  const known = values.some(({ value }) => value === chosen);
  const all = chosen === '' || known ? values : [...values, { value: chosen, count: 0 }];
  const word = (value: string) => (name === 'decision' ? (decisionWords[value] ?? value) : value);
  // Rows without a value cannot be asked for: an empty choice means all.
  const choices = all.filter(({ value }) => value !== '');
  fill(
    menu,
    h('option', { value: '' }, 'all'),
    choices.map(({ value, count }) => h('option', { value }, `${word(value)} (${number(count)})`)),
  );
  menu.value = chosen;
}
