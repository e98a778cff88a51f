// Stage 1 for videos (METHOD.md section 2): frames in, structured representation S as JSON out. Purely descriptive: the
// describer sees no question and is told not to guess. The wording is ours; the paper's prompt is not public.
import { z } from 'zod';
import { mediaParts, momentsText, type PromptMedia, replySchema, type StagePrompt } from './stage-prompt.ts';

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

const systemPrompt = (given: string) => `You describe videos for people who cannot see them.
${given}
Write down what is visible, and only that. Do not guess at causes, intentions, names, places or anything outside the frames.
Do not ask or answer questions. If something is unclear, say that it is unclear.
Reply with one JSON object and nothing else.`;

/** What the describer is given, and which moments it is to describe. */
const forms = {
  frames: {
    system: systemPrompt('You are given frames of one video in order, each after its time.'),
    moments: 'one entry for each frame that you are given, in order, with',
    timestamp: 'the time of the frame in seconds, as given,',
  },
  file: {
    system: systemPrompt('You are given one video.'),
    moments: 'one entry for each of the moments that are named above, in order, with',
    timestamp: 'the time of the moment in seconds, as named,',
  },
};

const fields = ({ moments, timestamp }: (typeof forms)['file']) => `Give a JSON object with:
- "caption": a few sentences about the whole video: what is there, what happens, in which order, how it ends.
- "frames": ${moments}
  - "timestamp": ${timestamp}
  - "caption": one sentence about this moment,
  - "objects": every visible object with its colour, shape, count or text,
  - "actions": what moves or changes, who does it, in which direction,
  - "scene": the surroundings, the light, the camera,
  - "spatial_relations": where the objects are in the picture and relative to each other,
  - "possible_interactions": contacts or actions between objects that the picture makes possible, named as possible.`;

/** The describer's request for one video. */
export function describeVideoPrompt(media: PromptMedia): StagePrompt {
  const { images, durationSeconds, video } = media;
  const form = video ? forms.file : forms.frames;
  const lasts = `The video lasts ${durationSeconds.toFixed(1)} seconds.`;
  const intro = video
    ? `${lasts} Describe it at these moments, in seconds: ${momentsText(media)}.`
    : `${lasts} Its ${images.length} sampled frames follow.`;
  return {
    version,
    messages: [
      { role: 'system', content: form.system },
      {
        role: 'user',
        content: [{ type: 'text', text: intro }, ...mediaParts(media), { type: 'text', text: fields(form) }],
      },
    ],
    jsonSchema: replySchema('video_description', videoDescriptionSchema),
  };
}
