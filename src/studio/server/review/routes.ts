// The paths below /api/review: what is under review, its rows, their media, and decisions about them.
import { type Context, Hono } from 'hono';
import { z } from 'zod';
import { decisionSchema } from '../../../curate/review/index.ts';
import { readBody } from '../../../serve/body.ts';
import { ApiError, badRequest } from '../../../serve/errors.ts';
import type { Filters } from '../../api.ts';
import { MOST_BODY_BYTES } from '../app.ts';
import { sendFile } from '../send-file.ts';
import { filterNames } from './record-index.ts';
import type { ReviewService } from './service.ts';

const MOST_ROWS = 200;

const decideSchema = z.strictObject({ decision: decisionSchema.nullable() });

function filtersOf(c: Context): Filters {
  const given = [...filterNames, 'q' as const].map((name) => [name, c.req.query(name)]);
  return Object.fromEntries(given.filter(([, value]) => value !== undefined && value !== '')) as Filters;
}

function whole(text: string | undefined, fallback: number, name: string): number {
  const value = text === undefined ? fallback : Number(text);
  if (Number.isInteger(value) && value >= 0) return value;
  throw badRequest(`${name} is no whole number`, 'review-number', name);
}

const rowNumber = (c: Context) => whole(c.req.param('n'), 0, 'n');

async function decisionOf(c: Context) {
  const body = await readBody(c.req.raw, MOST_BODY_BYTES);
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch (cause) {
    throw badRequest(`the body is no JSON: ${(cause as Error).message}`, 'review-body');
  }
  const parsed = decideSchema.safeParse(value);
  if (parsed.success) return parsed.data.decision;
  const [{ path, message }] = parsed.error.issues;
  throw badRequest(`${path.slice(1).join('.') || 'decision'}: ${message}`, 'review-decision');
}

export function reviewRoutes(service: ReviewService): Hono {
  const app = new Hono();
  app.get('/', async (c) => c.json(await service.overview()));
  app.get('/facets', (c) => c.json(service.facets(filtersOf(c))));
  app.get('/samples', async (c) => {
    const limit = Math.max(1, Math.min(MOST_ROWS, whole(c.req.query('limit'), 50, 'limit')));
    return c.json(await service.page(filtersOf(c), whole(c.req.query('after'), 0, 'after'), limit, c.req.raw.signal));
  });
  app.get('/samples/:n', async (c) => c.json(await service.detail(rowNumber(c))));
  app.get('/samples/:n/media', async (c) => {
    const n = rowNumber(c);
    const url = `/api/review/samples/${n}/media`;
    return c.json(await service.media.state(await service.row(n), url, c.req.query('convert') === '1'));
  });
  app.get('/samples/:n/media/original', async (c) => {
    return sendFile(c.req.raw, await service.media.original(await service.row(rowNumber(c))));
  });
  app.get('/samples/:n/media/copy', async (c) => {
    const copy = await service.media.copy(await service.row(rowNumber(c)));
    if (copy) return sendFile(c.req.raw, copy);
    throw new ApiError('the copy is not made yet', {
      status: 404,
      code: 'review-no-copy',
      fix: 'ask for its state first',
    });
  });
  app.post('/samples/:n/decision', async (c) => c.json(await service.decide(rowNumber(c), await decisionOf(c))));
  app.post('/undo', async (c) => c.json(await service.undo()));
  app.post('/redo', async (c) => c.json(await service.redo()));
  app.post('/apply', async (c) => c.json(await service.apply()));
  return app;
}
