// What a curation of so many samples takes: calls, tokens, money at list prices, hours, and bytes sent. Tokens of answers are those that
// `videorft curate --dry-run` assumes. Leaves out: repeated attempts, the judge, the experts' own hardware.
import { assumed } from '../../src/curate/estimate.ts';
import { known } from './constants.ts';

export interface Price {
  readonly model: string;
  /** USD for a million tokens. */
  readonly input: number;
  readonly output: number;
  /** Tokens that a frame of 768 × 432 is billed as. */
  readonly frameTokens: number;
  readonly source: string;
}

/** gpt-4o-mini bills 2,833 tokens a picture, and in high detail 5,667 more for each tile of 512 × 512. */
const miniBase = 2833;
const miniTile = 5667;
/** A cell of 28 × 28 pixels a token, as Qwen2.5-VL has it. */
const qwenFrame = Math.round(768 / 28) * Math.round(432 / 28);

export const prices = {
  describer: {
    model: 'gpt-4o-mini, high detail',
    input: 0.15,
    output: 0.6,
    frameTokens: miniBase + 2 * miniTile,
    source: "OpenAI's price list and vision guide; 8 tiles give openrouter.ai's $7.225 a thousand pictures",
  },
  describerLow: {
    model: 'gpt-4o-mini, low detail',
    input: 0.15,
    output: 0.6,
    frameTokens: miniBase,
    source: 'the same; imageDetail: low of the expert',
  },
  reasoner: {
    model: 'DeepSeek-R1',
    input: 0.55,
    output: 2.19,
    frameTokens: 0,
    source: 'api-docs.deepseek.com, pricing of deepseek-reasoner as R1',
  },
  refiner: {
    model: 'Qwen2.5-VL-72B',
    input: 0.1,
    output: 0.4,
    frameTokens: qwenFrame,
    source: 'openrouter.ai/qwen/qwen-2.5-vl-72b-instruct',
  },
} as const satisfies Record<string, Price>;

export interface StageCost {
  readonly stage: string;
  readonly price: Price;
  readonly calls: number;
  readonly input: number;
  readonly output: number;
  readonly dollars: number;
  /** With so many requests at once. */
  readonly hours: number;
  /** Sent to the expert. */
  readonly bytes: number;
}

/** Text of a stage's own prompt, tokens. */
const wording = 500;

export function curationCost(samples: number, concurrency: number, describer: Price = prices.describer): StageCost[] {
  const frames = known.clipSeconds; // one a second
  const description = assumed.describe.tokens + assumed.describe.perFrame * frames;
  const stage = (name: 'describe' | 'reason' | 'refine', price: Price, read: number, written: number): StageCost => {
    const pictures = price.frameTokens > 0 ? frames : 0;
    const input = samples * (wording + read + pictures * price.frameTokens);
    const output = samples * written;
    return {
      stage: name,
      price,
      calls: samples,
      input,
      output,
      dollars: (input * price.input + output * price.output) / 1e6,
      hours: (samples * assumed[name].seconds) / concurrency / 3600,
      bytes: samples * pictures * known.frameBytes,
    };
  };
  return [
    stage('describe', describer, 0, description),
    stage('reason', prices.reasoner, description, assumed.reason.tokens),
    stage('refine', prices.refiner, assumed.reason.tokens, assumed.refine.tokens),
  ];
}
