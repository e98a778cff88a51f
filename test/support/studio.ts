// A studio for tests, from its start to its end, and what is asked of it.
import { findReviewSet } from '../../src/curate/review/index.ts';
import { type RunningStudio, startReview, studioSchema } from '../../src/studio/server/studio.ts';

/** Starts a review of what `path` names, lets `use` ask it, and stops it. */
export async function withStudio<T>(
  path: string,
  use: (studio: RunningStudio & { url: (path: string) => string }) => Promise<T>,
  options: Partial<Parameters<typeof startReview>[1]> = {},
): Promise<T> {
  const studio = await startReview(await findReviewSet(path), { ...studioSchema.parse({}), ...options });
  try {
    return await use({ ...studio, url: (to) => new URL(to, studio.address).href });
  } finally {
    await studio.stop();
  }
}

export const get = async <T>(url: string): Promise<T> => (await fetch(url)).json() as Promise<T>;
export const post = (url: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
export const accept = { decision: { verdict: 'accept' } };
