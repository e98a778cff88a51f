// The body of a chat completion request as this server takes it. Fields that are not offered: fields.ts; what a request means: request.ts.
import { z } from 'zod';

const text = z.object({ type: z.literal('text'), text: z.string() });
const image = z.object({ type: z.literal('image_url'), image_url: z.looseObject({ url: z.string() }) });
const video = z.object({ type: z.literal('video_url'), video_url: z.looseObject({ url: z.string() }) });

export const partSchema = z.discriminatedUnion('type', [text, image, video], {
  error: ({ input }) => {
    const type = (input as { type?: unknown } | null)?.type;
    const known = ['text', 'image_url', 'video_url'];
    return typeof type === 'string' && !known.includes(type)
      ? `a part of type ${type} is not offered; there are ${known.join(', ')}`
      : undefined;
  },
});

const messageSchema = z.looseObject({
  role: z.enum(['system', 'developer', 'user', 'assistant'], {
    error: 'must be system, developer, user or assistant (tools are not offered)',
  }),
  content: z.union([z.string(), z.array(partSchema).min(1)], {
    error: (issue) => (issue.code === 'invalid_union' ? undefined : 'must be a text or a list of parts'),
  }),
});

const count = z.number().int().min(1);
/** What is sampled already is not sampled again. */
const sampled = z.literal(false, { error: 'only false is offered' });

/** vLLM's fields about how a video is read: `num_frames` of any, the others are facts of one that is sent as its frames. */
const videoSchema = z.strictObject({
  num_frames: count.optional(),
  fps: z.number().positive().optional(),
  total_num_frames: count.optional(),
  duration: z.number().min(0).optional(),
  frames_indices: z.array(z.number().int().min(0)).optional(),
  do_sample_frames: sampled.optional(),
});

/** Of Hugging Face's processor: the rate of a video that is sent as its frames, and the pixels of a picture or frame. */
const processorSchema = z.strictObject({
  fps: z.number().positive().optional(),
  do_sample_frames: sampled.optional(),
  min_pixels: count.optional(),
  max_pixels: count.optional(),
});

export const bodySchema = z.looseObject({
  model: z.string(),
  messages: z.array(messageSchema).min(1),
  max_tokens: z.number().int().min(1).nullish(),
  max_completion_tokens: z.number().int().min(1).nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().gt(0).max(1).nullish(),
  top_k: z.number().int().min(-1).nullish(),
  seed: z.number().int().nullish(),
  stop: z.union([z.string().min(1), z.array(z.string().min(1)).max(16)]).nullish(),
  n: z.number().int().min(1).nullish(),
  logprobs: z.boolean().nullish(),
  top_logprobs: z.number().int().min(0).max(20).nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
  media_io_kwargs: z.strictObject({ video: videoSchema.optional() }).nullish(),
  mm_processor_kwargs: processorSchema.nullish(),
  return_token_ids: z.boolean().nullish(),
  return_tokens_as_token_ids: z.boolean().nullish(),
});

export type ChatBody = z.output<typeof bodySchema>;
export type ChatPart = z.output<typeof partSchema>;
export const offeredFields: ReadonlySet<string> = new Set(Object.keys(bodySchema.shape));
