// Who may ask the studio: without a token this machine alone, by its own name, so that no page of another site can read or write through the
// browser of the one who reviews; with a token whoever has it, as a header or, after the first visit, as a cookie.
import { randomBytes } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { sha256 } from '../../base/hash.ts';
import { isLoopback } from '../../base/listen.ts';
import { requireToken } from '../../serve/auth.ts';
import { ApiError } from '../../serve/errors.ts';
import { requireJson } from '../../serve/http.ts';

/** Browsers send a host's cookies to all of its ports: each studio knows its own. */
const cookieOf = (token: string) => `videorft-${sha256(token).slice(0, 12)}`;

export const newToken = (): string => randomBytes(24).toString('base64url');

/** Host name of a Host header, without port and brackets. */
const hostName = (header: string) => header.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');

const refuse = (message: string, fix: string) => new ApiError(message, { status: 403, code: 'studio-origin', fix });

/** A site whose name leads here (DNS rebinding) is not this page; neither is a form on another site. */
export const requireOwnPage =
  (loopback: boolean): MiddlewareHandler =>
  async (c, next) => {
    const host = c.req.header('host') ?? '';
    if (loopback && !isLoopback(hostName(host)))
      throw refuse(`this page is not served under the name ${host}`, 'use the address that was printed');
    if (c.req.method === 'GET' || c.req.method === 'HEAD') return next();
    const origin = c.req.header('origin');
    if (origin !== undefined && origin.replace(/^https?:\/\//, '') !== host)
      throw refuse(`a page of ${origin} may not change anything here`, 'use the address that was printed');
    return requireJson(c, next);
  };

/** `?token=…` is exchanged for a cookie, so that it does not stay in the address. */
export const requireStudioToken =
  (token: string | undefined): MiddlewareHandler =>
  async (c, next) => {
    if (token === undefined) return next();
    const given = c.req.query('token');
    if (given !== undefined) {
      requireToken(token, `Bearer ${given}`);
      setCookie(c, cookieOf(token), given, { httpOnly: true, sameSite: 'Strict', path: '/' });
      return c.redirect(c.req.path);
    }
    const cookie = getCookie(c, cookieOf(token));
    requireToken(token, c.req.header('authorization') ?? (cookie === undefined ? undefined : `Bearer ${cookie}`));
    return next();
  };
