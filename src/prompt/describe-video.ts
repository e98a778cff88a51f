// Stage 1 for videos (METHOD.md section 2): frames in, structured representation S as JSON out. Purely descriptive: the
// describer sees no question and is told not to guess. The wording is ours; the paper's prompt is not public.
import { z } from 'zod';
import { imageParts, type PromptImage, replySchema, type StagePrompt } from './stage-prompt.ts';

export const version = 'describe-video/1';

export const videoDescriptionSchema = z.object({
  /** One paragraph about the whole video. */
  caption: z.string().trim().min(1),
  frames: z
    .array(
      z.object({
        /** Seconds from the start of the video. */
        timestamp: z.number().min(0),
        caption: z.string().trim().min(1),
        objects: z.array(z.string()),
        actions: z.array(z.string()),
        scene: z.string(),
        spatial_relations: z.array(z.string()),
        possible_interactions: z.array(z.string()),
      }),
    )
    .min(1),
});
export type VideoDescription = z.infer<typeof videoDescriptionSchema>;

export const systemPrompt = `You describe videos for people who cannot see them.
You are given frames of one video in order, each after its time.
Write down what is visible, and only that. Do not guess at causes, intentions, names, places or anything outside the frames.
Do not ask or answer questions. If something is unclear, say that it is unclear.
Reply with one JSON object and nothing else.`;

const fields = `Give a JSON object with:
- "caption": a few sentences about the whole video: what is there, what happens, in which order, how it ends.
- "frames": one entry for each frame that you are given, in order, with
  - "timestamp": the time of the frame in seconds, as given,
  - "caption": one sentence about this moment,
  - "objects": every visible object with its colour, shape, count or text,
  - "actions": what moves or changes, who does it, in which direction,
  - "scene": the surroundings, the light, the camera,
  - "spatial_relations": where the objects are in the picture and relative to each other,
  - "possible_interactions": contacts or actions between objects that the picture makes possible, named as possible.`;

/** The describer's request for one video. `durationSeconds` is the length of the video, not of the sampled frames. */
export function describeVideoPrompt(frames: readonly PromptImage[], durationSeconds: number): StagePrompt {
  const intro = `The video lasts ${durationSeconds.toFixed(1)} seconds. Its ${frames.length} sampled frames follow.`;
  return {
    version,
    messages: [
      { role: 'system', content: systemPrompt },
      {
        role: 'user',
        content: [{ type: 'text', text: intro }, ...imageParts(frames), { type: 'text', text: fields }],
      },
    ],
    jsonSchema: replySchema('video_description', videoDescriptionSchema),
  };
}
