// Our side of the extraction bench as a process of its own: loadClip under the paper's training profile, 16 frames of 128·28·28 pixels.
import { writeFile } from 'node:fs/promises';
import { loadClip, paperTrain } from '../../src/media/index.ts';
import { serve } from '../harness/serve.ts';
import type { Extract, OurExtract } from './protocol.ts';

await serve({
  extract: async ({ file, threads, out }: Extract): Promise<OurExtract> => {
    const [start, cpu] = [performance.now(), process.cpuUsage()];
    const { frames, indices } = await loadClip(file, paperTrain, { threads, timeoutMs: 600_000 });
    const { user, system } = process.cpuUsage(cpu);
    const seconds = (performance.now() - start) / 1000;
    if (out) await writeFile(out, Buffer.concat(frames.map(({ data }) => data)));
    return { seconds, cpuSeconds: (user + system) / 1e6, indices, size: [frames[0].height, frames[0].width] };
  },
});
