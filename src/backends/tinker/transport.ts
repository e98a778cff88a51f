// A Tinker-compatible server over HTTP: where its paths begin, its key, and what its refusals mean. Leaves out: what is tried again
// (../transport.ts), what the answers mean (client.ts).
import { VideorftError } from '../../base/errors.ts';
import { createTransport, type Transport, type Waiting } from '../transport.ts';

export interface TinkerTransportOptions extends Waiting {
  /** Up to where `/api/v1` begins. */
  readonly baseURL: string;
  readonly apiKey?: string;
}

/** Errors of its requests: tinker-refused (facts.status), tinker-lost, tinker-down, aborted. */
export const tinkerTransport = ({ baseURL, apiKey, ...waiting }: TinkerTransportOptions): Transport =>
  createTransport({
    ...waiting,
    root: `${baseURL.replace(/\/+$/, '').replace(/\/api\/v1$/, '')}/api/v1`,
    headers: apiKey ? { 'x-api-key': apiKey } : {},
    downCode: 'tinker-down',
    refusal,
  });

/** Words of a server that has forgotten the run: it was started anew, or it unloaded a session that was silent. */
const FORGOTTEN = /\bnot loaded\b|(model|session|sampler|future) not found/i;

/** A refusal as an error: of a server that no longer knows the run, or of a request that no retry can mend. */
export function refusal(url: string, status: number, said: string): VideorftError {
  const facts = { url, status, said };
  if (FORGOTTEN.test(said))
    return new VideorftError(`the server no longer knows this run: ${said}`, {
      code: 'tinker-lost',
      facts,
      fix: 'start the same command again: it goes on from its last checkpoint',
    });
  return new VideorftError(`the server refused: ${said || `HTTP ${status}`}`, {
    code: 'tinker-refused',
    facts,
    fix: fixes[status] ?? "read the server's message",
  });
}

const fixes: Readonly<Record<number, string>> = {
  401: 'set tinker.apiKeyEnv to the environment variable that holds the key',
  402: 'add credit to the account of this API key',
  403: 'check what the API key may use',
  404: 'check the address: it ends before /api/v1',
};
