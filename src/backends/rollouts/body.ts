// A prompt as a request of OpenAI's chat protocol with vLLM's extensions: the completion's tokens and log-probabilities are asked for, every
// setting of sampling is given (a server's own defaults are its model's generation_config.json, with a repetition penalty for Qwen2.5-VL), and
// media are sent as the very frames that the trainer sees. Leaves out: what is answered (answer.ts).
import { VideorftError } from '../../base/errors.ts';
import { SplicedText } from '../../llm/spliced.ts';
import { framesFields } from '../../llm/video-form.ts';
import { type Clip, isPicture } from '../../media/frame.ts';
import type { MessagePart } from '../../prompt/messages.ts';
import { pngFrames } from '../frames.ts';
import type { Prompt, SampleOptions } from '../port.ts';

/** What the sampler does beside temperature, top-p and top-k: nothing. */
const neutral = { min_p: 0, repetition_penalty: 1, presence_penalty: 0, frequency_penalty: 0 };

/** How a server is to look at the frames: all of them, at their size, a video at the clip's own rate. */
function mediaFields(clip: Clip): object {
  const [{ width, height }] = clip.frames;
  const pixels = { min_pixels: width * height, max_pixels: width * height };
  if (isPicture(clip)) return { mm_processor_kwargs: pixels };
  const fields = framesFields(clip.frames.length, clip.sampledFps, clip.durationSeconds);
  return { ...fields, mm_processor_kwargs: { ...fields.mm_processor_kwargs, ...pixels } };
}

function mediaPart(kind: 'image' | 'video', frames: readonly string[], spliced: SplicedText): object {
  // vLLM's name for a list of pictures; Pillow, which opens them there, looks at their bytes.
  if (kind === 'video')
    return { type: 'video_url', video_url: { url: `data:video/jpeg;base64,${spliced.later(frames.join(','))}` } };
  return { type: 'image_url', image_url: { url: `data:image/png;base64,${spliced.later(frames[0])}` } };
}

/** The UTF-8 JSON of the request. Errors: prompt-media. */
export async function chatBody(
  { id, messages, clip }: Prompt,
  model: string,
  options: SampleOptions,
  seed: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const spliced = new SplicedText();
  const frames = clip ? await pngFrames(clip) : [];
  let placed = 0;
  const part = (p: MessagePart): object => {
    if (p.type === 'text') return p;
    placed++;
    return frames.length === 0 ? p : mediaPart(p.type, frames, spliced);
  };
  const body = {
    model,
    messages: messages.map(({ role, content }) => ({
      role,
      content: typeof content === 'string' ? content : content.map(part),
    })),
    n: options.numSamples,
    max_tokens: options.maxTokens,
    temperature: options.temperature,
    top_p: options.topP ?? 1,
    top_k: options.topK ?? -1,
    seed,
    ...neutral,
    logprobs: true,
    top_logprobs: 0,
    return_token_ids: true,
    return_tokens_as_token_ids: true,
    ...(clip ? mediaFields(clip) : {}),
  };
  if (placed === (clip ? 1 : 0)) return spliced.fill(JSON.stringify(body));
  throw new VideorftError('messages and media of a prompt disagree', {
    code: 'prompt-media',
    facts: { sample: id, announced: placed, came: clip ? 1 : 0 },
  });
}
