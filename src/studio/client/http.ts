// Asking the server: JSON both ways, refusals as errors in the server's words.
import type {
  AppliedReview,
  Decided,
  Decision,
  Detail,
  Facets,
  Filters,
  MediaState,
  Overview,
  Page,
  Refusal,
} from '../api.ts';

const ROOT = '/api/review';

async function ask<T>(path: string, init?: RequestInit): Promise<T> {
  const response = await fetch(`${ROOT}${path}`, init).catch((cause: unknown) => {
    if (init?.signal?.aborted) throw cause;
    throw new Error('The review does not answer: it may have been ended in the terminal.', { cause });
  });
  const body: unknown = await response.json();
  if (!response.ok) throw new Error((body as Refusal).error.message);
  return body as T;
}

const send = <T>(path: string, body: object = {}): Promise<T> =>
  ask(path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });

const query = (filters: Filters, more: Record<string, string> = {}): string =>
  new URLSearchParams({ ...(filters as Record<string, string>), ...more }).toString();

export const server = {
  overview: () => ask<Overview>(''),
  facets: (filters: Filters) => ask<Facets>(`/facets?${query(filters)}`),
  page: (filters: Filters, after: number, limit: number, signal: AbortSignal) =>
    ask<Page>(`/samples?${query(filters, { after: String(after), limit: String(limit) })}`, { signal }),
  detail: (n: number) => ask<Detail>(`/samples/${n}`),
  media: (n: number, convert: boolean) => ask<MediaState>(`/samples/${n}/media${convert ? '?convert=1' : ''}`),
  decide: (n: number, decision: Decision | null) => send<Decided>(`/samples/${n}/decision`, { decision }),
  undo: () => send<Decided>('/undo'),
  redo: () => send<Decided>('/redo'),
  apply: () => send<AppliedReview>('/apply'),
};
