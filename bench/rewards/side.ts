// Our side: the reward server on a free port, asked over HTTP as a trainer does: one request with all groups. `score` starts with an empty
// cache of videos, so that each is decoded and embedded again. Run by bench/rewards/index.ts.
import { profiles } from '../../src/media/profile.ts';
import { loadEmbedder } from '../../src/models/index.ts';
import { startRewardServer } from '../../src/serve/index.ts';
import { serve } from '../harness/serve.ts';
import type { OpenRewards, Question, Scored } from './protocol.ts';

type Served = Parameters<typeof startRewardServer>[0];
let served: Served;
let videos: string;

interface Answer {
  readonly groups: readonly { readonly scores?: readonly { readonly semantic: number }[]; readonly error?: object }[];
}

async function score(questions: readonly Question[]): Promise<Scored> {
  const server = await startRewardServer(served, { port: 0, mediaRoot: videos, timeoutSeconds: 3600 });
  const sample = { problem_type: 'multiple choice', solution: '<answer>A</answer>' };
  const groups = questions.map(({ path, completions }) => ({
    sample: { ...sample, path },
    completions: completions.map((text) => ({ text })),
  }));
  try {
    const [start, cpu] = [performance.now(), process.cpuUsage()];
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${server.origin}/v1/rewards`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ groups }),
    });
    const answer = (await response.json()) as Answer;
    const seconds = (performance.now() - start) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    if (!response.ok) throw new Error(JSON.stringify(answer));
    const rewards_PG = answer.groups.map(({ scores, error }) => {
      if (!scores) throw new Error(JSON.stringify(error));
      return scores.map(({ semantic }) => semantic);
    });
    return { seconds, cpuSeconds: (user + system) / 1e6, rewards_PG };
  } finally {
    await server.stop();
  }
}

await serve({
  facts: async () => ({}),
  open: async ({ dir, threads, videos: folder, profile, frames }: OpenRewards) => {
    const embedder = await loadEmbedder(dir, { threads });
    // The server closes its embedder when it stops; here the next server uses it.
    const kept = {
      name: embedder.name,
      embedTexts: embedder.embedTexts.bind(embedder),
      embedFrames: embedder.embedFrames.bind(embedder),
    };
    served = {
      embedder: kept,
      rewards: { pooling: 'per-frame', span: 'released', w: 2 },
      profile: { ...profiles[profile], nframes: frames },
    };
    videos = folder;
  },
  score: ({ questions }: { questions: readonly Question[] }) => score(questions),
});
