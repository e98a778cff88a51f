// A fetch that asks again where waiting helps: 429, 5xx and broken connections, as the server wishes or twice as long each time. For requests
// that may be sent twice, with bodies that can be read twice. Leaves out: chat calls, which have a policy of their own (retry.ts).
import { setTimeout } from 'node:timers/promises';
import { retryAfterMs } from './retry.ts';

const TRIES = 4;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;

/** Resolves to the last answer, whatever its status. Rejects with the signal's reason, and as `fetch` where nobody answered. */
export async function patientFetch(input: string | URL | Request, init: RequestInit = {}): Promise<Response> {
  const signal = init.signal ?? undefined;
  for (let attempt = 1; ; attempt++) {
    const last = attempt === TRIES;
    const response = await fetch(input, init).catch((cause: unknown) => {
      signal?.throwIfAborted();
      if (last) throw cause;
      return undefined;
    });
    if (response && (last || (response.status !== 429 && response.status < 500))) return response;
    await response?.body?.cancel();
    await setTimeout(waitMs(response, attempt), undefined, { signal });
  }
}

/** As the server asks for, half a minute at most; else twice as long each time. */
function waitMs(response: Response | undefined, attempt: number): number {
  const asked = response && retryAfterMs(response.headers, Date.now());
  return Math.min(LONGEST_WAIT_MS, asked ?? FIRST_WAIT_MS * 2 ** (attempt - 1));
}
