// Every number that the cost model starts from, with where it comes from. Fixed before the model was compared with anything (checks.ts): none is
// fitted. Change one here and run `npm run bench -- scaling --write`. Leaves out: machines and prices (machines.ts), shapes of models (work.ts).

export type Kind = 'method' | 'measured here' | 'published' | 'data sheet' | 'assumption';

export interface Constant {
  readonly value: number;
  readonly unit: string;
  readonly what: string;
  readonly kind: Kind;
  readonly source: string;
}

const constant = (what: string, value: number, unit: string, kind: Kind, source: string): Constant => {
  return { value, unit, what, kind, source };
};
const method = 'docs/METHOD.md';

export const constants = {
  samples: constant('samples', 310_000, 'samples', 'method', `${method}, section 1`),
  chains: constant('of these with a chain of thought', 102_000, 'samples', 'method', `${method}, section 1`),
  steps: constant('steps of GRPO', 1000, 'steps', 'method', `${method}, section 3`),
  questions: constant('questions a step', 8, '', 'method', `${method}, section 3`),
  groupSize: constant('completions a question', 8, '', 'method', `${method}, section 3`),
  sftBatch: constant('samples a step of SFT', 16, '', 'method', `${method}, section 3`),
  cap: constant('longest completion', 1024, 'tokens', 'method', `${method}, section 3`),
  completion: constant(
    'mean completion, and mean chain',
    416,
    'tokens',
    'assumption',
    'middle of the 320 to 512 tokens that the released length bonus pays for; the paper gives no mean',
  ),
  tail: constant(
    'longest of n completions over their mean: 1 + this · ln n, at most the cap',
    0.25,
    '',
    'assumption',
    'no distribution of lengths is published',
  ),
  promptText: constant(
    'text of a prompt',
    160,
    'tokens',
    'assumption',
    "the paper profile's wording, a question and four options at 4 characters a token",
  ),
  clipSeconds: constant(
    'length of a video',
    30,
    's',
    'assumption',
    'with the next line near the bytes of a video below',
  ),
  clipPixels: constant('pixels of its pictures', 854 * 480, 'pixels', 'assumption', '480p'),
  decodeOurs: constant(
    '16 frames of a minute of 1080p, one thread: processor time, ours',
    4.38,
    's',
    'measured here',
    'LOG.md, 2026-11-27, npm run bench -- extract; scaled by seconds × pixels',
  ),
  decodeDecord: constant('the same by decord', 6.35, 's', 'measured here', 'LOG.md, 2026-11-27, same run'),
  cpuStep: constant(
    'SFT step of bench/shapes.json 100M, 2 cores (Intel Xeon, AVX-512)',
    9.31,
    's',
    'measured here',
    'LOG.md, 2026-11-26, npm run bench -- engine --only ii --size 100M',
  ),
  cpu16Step: constant(
    'the same step, 16 cores',
    4.77,
    's',
    'measured here',
    'LOG.md, 2026-11-26, npm run bench -- webgpu',
  ),
  webgpuLora: constant(
    'LoRA at 3B, a sample of 16 frames, 1,338 tokens of prompt and 50 of completion, one H200 by WebGPU, f32, programs built',
    3.84,
    's',
    'measured here',
    'LOG.md, 2026-11-27, videorft sft --engine.device webgpu',
  ),
  webgpuToken: constant(
    'a token at 3B by WebGPU on that H200, f32; 8 rows at once',
    0.145,
    's',
    'measured here',
    'LOG.md, 2026-11-27, same run',
  ),
  loraTokens: constant(
    'LoRA of Qwen-7B, one A100 80 GB, batch 1, 8 × 2,048 tokens an iteration',
    8 * 2048,
    'tokens',
    'published',
    'QwenLM/Qwen, README, profiling of LoRA; its script computes activations again',
  ),
  loraSeconds: constant('such an iteration', 5.2, 's', 'published', 'the same table: utilization of training below'),
  decodeTokens: constant(
    'vLLM, Llama-3.1-8B in bf16, one A100 40 GB, one request',
    75,
    'tokens/s',
    'published',
    'johnmusgrave.com/p/vllm-throughput-latency-sweep-on: 77% of its 1,555 GB/s',
  ),
  decodeBandwidth: constant('share of memory bandwidth that decoding gets', 0.77, '', 'published', 'the same page'),
  eagerTokens: constant(
    'PyTorch without graphs, Llama-7B (32 layers), A100 80 GB, one sequence',
    25.5,
    'tokens/s',
    'published',
    'pytorch.org/blog/accelerating-generative-ai-2: bound by starting kernels, so by layers and not by rows',
  ),
  sequencesAPass: constant(
    'sequences in one forward and backward pass of a GPU',
    4,
    '',
    'assumption',
    'what a sharded model is gathered for at once',
  ),
  rank: constant('rank of an adapter', 16, '', 'assumption', "README's example"),
  mediaBytes: constant(
    "a sample's media on disk",
    310e9 / 260_000,
    'bytes',
    'published',
    'Video-R1-260k: "approximately 310 GB" (tulerfeng/Video-R1#8)',
  ),
  rowBytes: constant(
    'all files of a curation, a sample',
    956e6 / 310_000,
    'bytes',
    'measured here',
    'LOG.md, 2026-11-27, videorft review: 956 MB of 310,000 synthetic samples',
  ),
  frameBytes: constant(
    'a frame of 768 × 432 sent to an expert, JPEG of quality 90',
    75e3,
    'bytes',
    'measured here',
    'LOG.md, 2026-11-27, the cost model: 53 kB at 644 × 364 of a real clip, by pixels',
  ),
  pngShare: constant(
    'a frame as PNG, of its raw bytes',
    0.72,
    '',
    'measured here',
    'LOG.md, 2026-11-27, the cost model: 0.70 to 0.76 in four real clips',
  ),
  busy: constant(
    'share of its time that a Tinker server works, 200 ms a request',
    0.842,
    '',
    'measured here',
    'LOG.md, 2026-11-27, npm run bench -- tinker',
  ),
} as const satisfies Record<string, Constant>;

export type ConstantName = keyof typeof constants;

/** The numbers alone. */
export const known = Object.fromEntries(Object.entries(constants).map(([name, { value }]) => [name, value])) as Record<
  ConstantName,
  number
>;
