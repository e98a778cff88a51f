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

const sampledAlready = z.literal(false, { error: 'must be false: nothing else is offered' }).optional();

/** `num_frames` of every video; the others say of JPEG frames sent as a video what their bytes do not. */
const videoKwargs = z.strictObject({
  num_frames: z.number().int().min(1).optional(),
  fps: z.number().positive().optional(),
  duration: z.number().min(0).optional(),
  total_num_frames: z.number().int().min(1).optional(),
  frames_indices: z.array(z.number().int().min(0)).optional(),
  do_sample_frames: sampledAlready,
});

/** The pixels of each frame of videos; `fps` of JPEG frames sent as a video. */
const processorKwargs = z.strictObject({
  min_pixels: z.number().int().min(1).optional(),
  max_pixels: z.number().int().min(1).optional(),
  fps: z.number().positive().optional(),
  do_sample_frames: sampledAlready,
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
  media_io_kwargs: z.strictObject({ video: videoKwargs.optional() }).nullish(),
  mm_processor_kwargs: processorKwargs.nullish(),
});

export type ChatBody = z.output<typeof bodySchema>;
export type ChatPart = z.output<typeof partSchema>;
export const offeredFields: ReadonlySet<string> = new Set(Object.keys(bodySchema.shape));
