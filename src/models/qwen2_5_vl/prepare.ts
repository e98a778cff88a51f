// Messages and a clip → a prompt ready for the model: template, placeholders expanded, positions, pixels.
import { VideorftError } from '../../base/errors.ts';
import type { Clip } from '../../media/frame.ts';
import type { Message } from '../../prompt/messages.ts';
import type { Prepared, PreparedVision } from '../port.ts';
import type { ModelConfig } from './config.ts';
import type { ModelTokenizer } from './index.ts';
import { expandVision, processClip } from './processor.ts';
import { get_rope_index } from './rope_index.ts';

type Processed = ReturnType<typeof processClip>;
const processed = new WeakMap<ModelConfig['vision'], WeakMap<Clip, Processed>>();

/** Pixels of a clip, computed once per model and clip object. */
function pixelsOf(config: ModelConfig, clip: Clip): Processed {
  const known = processed.get(config.vision) ?? new WeakMap<Clip, Processed>();
  processed.set(config.vision, known);
  const found = known.get(clip) ?? processClip(clip, config.vision);
  known.set(clip, found);
  return found;
}

const visions = new WeakMap<Float32Array, Map<number, PreparedVision>>();

/** The same object for the same clip at the same place, so that a batch can tell which rows share it. */
function visionOf(pixels: Float32Array, grid: PreparedVision['grid'], start: number): PreparedVision {
  const known = visions.get(pixels) ?? new Map<number, PreparedVision>();
  visions.set(pixels, known);
  const found = known.get(start) ?? { pixels, grid, start };
  known.set(start, found);
  return found;
}

/** Errors: 'prompt-media' when messages and clip disagree about having a video or image. */
export function preparePrompt(
  config: ModelConfig,
  tokenizer: ModelTokenizer,
  messages: readonly Message[],
  clip: Clip | undefined,
): Prepared {
  if (!tokenizer.encodeChat)
    throw new VideorftError('this tokenizer has no chat template', { code: 'tokenizer-template' });
  const ids = tokenizer.encodeChat(messages);
  const video = ids.includes(config.video_token_id);
  if ((video || ids.includes(config.image_token_id)) !== (clip !== undefined))
    throw new VideorftError(
      `the messages ${clip ? 'announce no' : 'announce a'} video or image, but ${clip ? 'one' : 'none'} came`,
      {
        code: 'prompt-media',
      },
    );
  if (!clip) return finish(config, Int32Array.from(ids), [], {});
  const { pixel_values, grid_thw, second_per_grid_ts } = pixelsOf(config, clip);
  const tokens = Int32Array.from(expandVision(ids, [grid_thw], config));
  const start = tokens.indexOf(video ? config.video_token_id : config.image_token_id);
  const media = video
    ? { video_grid_thw: [grid_thw], second_per_grid_ts: [second_per_grid_ts ?? 1] }
    : { image_grid_thw: [grid_thw] };
  return finish(config, tokens, [visionOf(pixel_values, grid_thw, start)], media);
}

function finish(
  config: ModelConfig,
  tokens: Int32Array,
  vision: PreparedVision[],
  media: Partial<Parameters<typeof get_rope_index>[1]>,
): Prepared {
  const { position_ids, rope_deltas } = get_rope_index(config, { input_ids: [tokens], ...media });
  return { tokens, positions: position_ids, nextPosition: tokens.length + rope_deltas[0], vision };
}
