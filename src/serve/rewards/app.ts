// The reward server's routes: OpenRLHF's /get_reward, slime's /rm, the batch route /v1/rewards, /metrics, and /health, which needs no token.
import type { Context, Hono } from 'hono';
import { createLimiter, untilAborted } from '../../base/limit.ts';
import { requireToken } from '../auth.ts';
import { readBodyWithin } from '../body.ts';
import { unprocessable } from '../errors.ts';
import type { Gate } from '../gate.ts';
import { createBase, limitsOf, requireJson } from '../http.ts';
import type { Metrics } from './metrics.ts';
import type { RewardServeOptions } from './options.ts';
import { type Call, readBatch, readOpenRlhf, readSlime } from './protocol/calls.ts';
import type { RewardService } from './service.ts';

export interface RewardAppInput {
  readonly service: RewardService;
  readonly gate: Gate;
  readonly options: RewardServeOptions;
  readonly metrics: Metrics;
  readonly token: string | undefined;
  readonly stopping: AbortSignal;
}

interface Route {
  readonly read: (...args: Parameters<typeof readBatch>) => Call;
  readonly seesGroups: boolean;
}

const routes: Readonly<Record<string, Route>> = {
  '/get_reward': { read: readOpenRlhf, seesGroups: false },
  '/rm': { read: readSlime, seesGroups: false },
  '/v1/rewards': { read: readBatch, seesGroups: true },
};
const paths = new Set([...Object.keys(routes), '/metrics', '/health']);

function refuseGroupTerms(path: string): never {
  throw unprocessable(
    `the length bonus counts the right completions of a question, and ${path} sees one completion`,
    'reward-needs-group',
    undefined,
    'send groups to /v1/rewards, or turn rewards.lengthBonus off',
  );
}

export function createRewardApp({ service, gate, options, metrics, token, stopping }: RewardAppInput): Hono {
  const app = createBase(options.maxBodyBytes);
  const slots = createLimiter(options.maxConcurrent);
  const { maxGroups, maxCompletions } = options;
  const limits = { maxGroups, maxCompletions, needsPath: service.semantic };
  metrics.watch('videorft_rewards_requests_inside', 'gauge', 'Requests that wait or are scored.', () => gate.size);
  metrics.watch('process_resident_memory_bytes', 'gauge', 'Resident memory.', () => process.memoryUsage.rss());

  app.use(async (c, next) => {
    const start = performance.now();
    await next();
    const route = paths.has(c.req.path) ? c.req.path : 'other';
    const labels = { route, status: String(c.res.status) };
    metrics.add('videorft_rewards_requests_total', 'Requests by their answer.', 1, labels);
    if (route in routes) {
      const seconds = (performance.now() - start) / 1000;
      metrics.observe('videorft_rewards_request_seconds', 'Time from arrival to answer.', seconds, { route });
    }
  });
  app.get('/health', (c) => c.json({ status: 'ok', embedder: service.name, requests: gate.size }));
  app.use('*', async (c, next) => {
    requireToken(token, c.req.header('authorization'));
    await next();
  });
  app.get('/metrics', (c) =>
    c.text(metrics.text(), 200, { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' }),
  );

  async function scored(c: Context, { read }: Route): Promise<unknown> {
    const text = await readBodyWithin(c.req.raw, options.maxBodyBytes, options.bodySeconds);
    const call = read(text, limits, new URL(c.req.url).searchParams);
    return call.answer(await service.score(call.groups));
  }

  for (const [path, route] of Object.entries(routes))
    app.post(path, requireJson, async (c) => {
      if (service.needsGroups && !route.seesGroups) refuseGroupTerms(path);
      const leave = gate.enter();
      const { signal, dispose } = limitsOf(c.req.raw.signal, stopping, options.timeoutSeconds, 'send fewer groups');
      try {
        // A place is given back when the work has ended, whoever still waits for it: what is computed at once stays bounded.
        const work = slots.run(() => scored(c, route), signal).finally(leave);
        return c.json((await untilAborted(work, signal)) as object);
      } finally {
        dispose();
      }
    });
  return app;
}
