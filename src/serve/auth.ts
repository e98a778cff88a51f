// The bearer token, where one is configured. Leaves out: users, quotas, keys per client.
import { createHash, timingSafeEqual } from 'node:crypto';
import { type Env, keyIn } from '../base/env-key.ts';
import { VideorftError } from '../base/errors.ts';
import { ApiError } from './errors.ts';

/** The configured token. Throws 'serve-no-key' where the variable is named but empty: a server that was to be locked must not be open. */
export function tokenFrom(apiKeyEnv: string | undefined, env?: Env): string | undefined {
  const missing = (variable: string) =>
    new VideorftError(`the environment variable ${variable} holds no token`, {
      code: 'serve-no-key',
      fix: `set it: ${variable}=… videorft serve …`,
    });
  return keyIn(apiKeyEnv, missing, env);
}

const digest = (text: string) => createHash('sha256').update(text).digest();

/** Compares in a time that says nothing about the token. Throws the 401. */
export function requireToken(token: string | undefined, authorization: string | undefined): void {
  if (token === undefined) return;
  const sent = /^Bearer +(.+?) *$/i.exec(authorization ?? '')?.[1];
  if (sent !== undefined && timingSafeEqual(digest(sent), digest(token))) return;
  throw new ApiError(sent === undefined ? 'this server asks for a token' : 'the token is wrong', {
    status: 401,
    code: 'invalid_api_key',
    fix: 'send it as "Authorization: Bearer TOKEN"',
    headers: { 'WWW-Authenticate': 'Bearer' },
  });
}
