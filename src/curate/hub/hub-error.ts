// What the Hub's client throws, as errors that say what to do; and the token, which is read from the environment and never shown.
import { VideorftError } from '../../base/errors.ts';
import type { HubConfig } from '../../data/hub-config.ts';

/** Throws `push-token` without one, or with one that is none of the Hub's. */
export function tokenOf({ tokenEnv }: HubConfig): string {
  const token = process.env[tokenEnv];
  if (token?.startsWith('hf_')) return token;
  throw new VideorftError(token ? `${tokenEnv} holds no token of the Hub.` : `There is no token in ${tokenEnv}.`, {
    code: 'push-token',
    facts: { tokenEnv },
    fix: `Make a token that may write (it begins with hf_) in the Hub's settings, and put it into ${tokenEnv}.`,
  });
}

interface Target {
  readonly to: string;
  readonly hub: HubConfig;
}

/** An answer that is no success, as far as the client tells it. */
const statusOf = (error: unknown): number | undefined =>
  typeof error === 'object' && error !== null && 'statusCode' in error ? Number(error.statusCode) : undefined;

export function asHubError(error: unknown, { to, hub }: Target): unknown {
  if (error instanceof VideorftError) return error;
  const { endpoint, revision, tokenEnv } = hub;
  const status = statusOf(error);
  const facts = { dataset: to, endpoint, revision, status };
  if (status === 401 || status === 403) {
    const fix = `Check that ${tokenEnv} holds a token that may write to ${to.split('/')[0]}.`;
    return new VideorftError(`The Hub refuses to take ${to}.`, { code: 'hub-refused', facts, fix, cause: error });
  }
  if (status === 404) {
    const fix = 'Check --to and hub.revision; a branch must be there already.';
    return new VideorftError(`The Hub has no ${to} with a branch ${revision}.`, {
      code: 'hub-missing',
      facts,
      fix,
      cause: error,
    });
  }
  if (status === undefined && error instanceof TypeError && error.message === 'fetch failed') {
    const fix = 'Check the network and hub.endpoint, and start again: what has arrived is not sent twice.';
    return new VideorftError(`The Hub at ${endpoint} cannot be reached, or the connection broke.`, {
      code: 'hub-unreachable',
      facts,
      fix,
      cause: error.cause ?? error,
    });
  }
  return new VideorftError(`The Hub did not take ${to}.`, {
    code: 'hub-answer',
    facts,
    fix: 'Start again later: what has arrived is not sent twice.',
    cause: error,
  });
}
