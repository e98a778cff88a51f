// The Tinker REST protocol as data (INTEROP section 1, checked against SkyRL a9564572 and the tinker SDK 0.24.1): what goes into requests,
// and what their answers must hold. Unknown fields of answers are let pass.
import { z } from 'zod';
import { VideorftError } from '../../base/errors.ts';

export type Chunk =
  | { readonly type: 'encoded_text'; readonly tokens: readonly number[] }
  | {
      readonly type: 'image';
      readonly data: string;
      readonly format: 'png' | 'jpeg';
      readonly expected_tokens: number;
    };

export interface ModelInput {
  readonly chunks: readonly Chunk[];
}

export interface TensorData {
  readonly data: readonly number[];
  readonly dtype: 'int64' | 'float32';
  readonly shape: readonly number[];
}

export interface Datum {
  readonly model_input: ModelInput;
  readonly loss_fn_inputs: Readonly<Record<string, TensorData>>;
}

export type LossName = 'cross_entropy' | 'importance_sampling' | 'ppo' | 'cispo';

/** `loss_fn_config` is left out where the loss takes none: SkyRL refuses an empty one for some. */
export interface PassInput {
  readonly data: readonly Datum[];
  readonly loss_fn: LossName;
  readonly loss_fn_config?: Readonly<Record<string, number>>;
}

/** Positions that a model input takes. */
export const positionsOf = ({ chunks }: ModelInput): number =>
  chunks.reduce((n, c) => n + (c.type === 'image' ? c.expected_tokens : c.tokens.length), 0);

export const int64 = (data: readonly number[]): TensorData => ({ data, dtype: 'int64', shape: [data.length] });
export const float32 = (data: readonly number[]): TensorData => ({ data, dtype: 'float32', shape: [data.length] });

const id = z.string().min(1);
const note = z.string().nullish();

export const capabilitiesSchema = z.looseObject({
  supported_models: z.array(z.looseObject({ model_name: z.string().nullish() })),
});
export const sessionSchema = z.looseObject({ session_id: id, warning_message: note, error_message: note });
/** Some servers give ids as numbers. */
export const acceptedSchema = z.looseObject({ request_id: z.union([id, z.number().transform(String)]) });
export const modelSchema = z.looseObject({ model_id: id });
export const tryAgainSchema = z.looseObject({
  type: z.literal('try_again'),
  queue_state: z.string().default('active'),
  queue_state_reason: note,
});
export const savedSchema = z.looseObject({ path: z.string().startsWith('tinker://') });
export const samplerSchema = z.looseObject({ sampling_session_id: id });

/** JSON has no −∞: servers send null for the log-probability of what cannot be. */
const logprob = z
  .number()
  .nullable()
  .transform((v) => v ?? Number.NEGATIVE_INFINITY);
export const passSchema = z.looseObject({
  loss_fn_outputs: z.array(z.looseObject({ logprobs: z.looseObject({ data: z.array(logprob) }) })),
});
export const optimSchema = z.looseObject({ metrics: z.record(z.string(), z.number().nullable()).nullish() });
export const sampleSchema = z.looseObject({
  sequences: z.array(
    z.looseObject({
      stop_reason: z.enum(['length', 'stop']),
      tokens: z.array(z.number().int()),
      logprobs: z.array(logprob).nullish(),
    }),
  ),
});
export type SampleResult = z.output<typeof sampleSchema>;

/** Parses an answer. Throws 'tinker-answer' with the first thing that does not fit. */
export function read<T>(schema: z.ZodType<T>, answer: unknown, request: string): T {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new VideorftError(`the server's answer to ${request} is not one of the protocol`, {
    code: 'tinker-answer',
    facts: { request, at: issue.path.join('.'), problem: issue.message },
    fix: 'check that the address is of a Tinker-compatible server, and its version',
  });
}
