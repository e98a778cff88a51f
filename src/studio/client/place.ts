// Where one is, in the address behind '#': the filters and the open sample, so that a reload and a sent link come to the same place.
import type { FilterName, Filters } from '../api.ts';

const names: readonly (FilterName | 'q')[] = ['bin', 'rule', 'skill', 'type', 'source', 'decision', 'q'];

export interface Place {
  readonly filters: Filters;
  readonly n: number | undefined;
}

export function readPlace(): Place {
  const params = new URLSearchParams(location.hash.slice(1));
  const given = names.map((name) => [name, params.get(name)]).filter(([, value]) => value);
  const n = Number(params.get('n'));
  return { filters: Object.fromEntries(given) as Filters, n: Number.isInteger(n) && n > 0 ? n : undefined };
}

export function writePlace({ filters, n }: Place): void {
  const params = new URLSearchParams(filters as Record<string, string>);
  if (n !== undefined) params.set('n', String(n));
  history.replaceState(null, '', `#${params}`);
}
