// What a launch folder holds for the reward server: its configuration, and one request to try it with. Pure.
import { dumpConfig } from '../../base/config.ts';
import type { Sample } from '../../data/sample.ts';
import type { ExportConfig } from './config.ts';
import { sampleText } from './engines/shared.ts';
import { FRAMES, pixelsWhy } from './pixels.ts';

/** For `videorft serve rewards --config`. */
export function rewardsYaml(
  { embedder, rewards }: Pick<ExportConfig, 'embedder' | 'rewards'>,
  mediaAt: string,
): string {
  const micro = embedder === 'micro';
  const seen = micro ? {} : { embedder, profile: 'paperTrain' };
  const heading = [
    '# The reward server: videorft serve rewards --config rewards.yaml. Rewards as in the paper unless set at export.',
    micro
      ? '# ours: the shipped micro SigLIP and its profile'
      : `# paper: SigLIP so400m, ${FRAMES} frames; ${pixelsWhy}. embedder is a folder on the cluster.`,
    '# device: cpu, or webgpu to score on a GPU (ours: no GPU is taken from training)',
  ];
  return `${heading.join('\n')}\n${dumpConfig({ mediaRoot: mediaAt, ...seen, device: 'cpu', rewards })}`;
}

/** A right answer to a sample, for the batch route: a server that is set up well gives scores for it. */
export function probeRequest(sample: Sample): string {
  const answer = sample.solution.trim();
  const text = `<think>This is what the question asks. The ${sample.data_type} shows it.</think>\n${answer}`;
  return `${JSON.stringify({ groups: [{ sample: JSON.parse(sampleText(sample)), completions: [{ text }] }] })}\n`;
}
