// The studio's routes: the page, its scripts and style, and /api. Everything comes from here and is allowed from here only. A second page (a
// viewer of runs) is one more page here and one more part below /api. Leaves out: the port (studio.ts).
import type { Hono } from 'hono';
import { VideorftError } from '../../base/errors.ts';
import { pageCss } from '../../report/page-style.ts';
import { ApiError, toApiError } from '../../serve/errors.ts';
import { answer, clientGone, createBase, report } from '../../serve/http.ts';
import { requireOwnPage, requireStudioToken } from './access.ts';
import { clientScripts } from './client-files.ts';
import { iconSvg, studioPage } from './page.ts';
import { reviewCss } from './review/style.ts';

/** Nothing from elsewhere, no code in the page, no page around it; text never becomes markup (Trusted Types without a policy). */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "media-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const HEADERS = {
  'Content-Security-Policy': POLICY,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
};

export interface StudioParts {
  /** Routes by their name below /api. */
  readonly parts: Readonly<Record<string, Hono>>;
  readonly title: string;
  readonly token: string | undefined;
  readonly loopback: boolean;
}

/** Largest body of a request: a reasoning that was written anew. */
export const MOST_BODY_BYTES = 1 << 20;

/** What an error of the house is to a page: its own words, for it is shown to the one whose machine this is. */
function toAnswer(error: unknown): ApiError {
  if (
    error instanceof VideorftError &&
    !(error instanceof ApiError) &&
    /^(review|run|media|data|file)-/.test(error.code)
  )
    return new ApiError(error.message, { status: 409, code: error.code, fix: error.fix, cause: error });
  return toApiError(error, report);
}

export async function createStudio({ parts, title, token, loopback }: StudioParts): Promise<Hono> {
  const scripts = await clientScripts();
  const app = createBase(MOST_BODY_BYTES);
  app.use(async (c, next) => {
    await next();
    for (const [name, value] of Object.entries(HEADERS)) c.res.headers.set(name, value);
    if (!c.res.headers.has('Cache-Control')) c.res.headers.set('Cache-Control', 'no-store');
  });
  app.use(requireOwnPage(loopback));
  app.use(requireStudioToken(token));
  app.get('/', (c) => c.html(studioPage(title)));
  app.get('/icon.svg', (c) => c.body(iconSvg, 200, { 'Content-Type': 'image/svg+xml' }));
  app.get('/style.css', (c) => c.body(`${pageCss}${reviewCss}`, 200, { 'Content-Type': 'text/css; charset=utf-8' }));
  app.get('/client/:name', (c) => {
    const code = scripts.get(c.req.param('name'));
    if (code === undefined) return c.notFound();
    return c.body(code, 200, { 'Content-Type': 'text/javascript; charset=utf-8' });
  });
  for (const [name, routes] of Object.entries(parts)) app.route(`/api/${name}`, routes);
  app.onError((error, c) => answer(c, c.req.raw.signal.aborted ? clientGone() : toAnswer(error)));
  return app;
}
