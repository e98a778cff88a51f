// Messages and clips → a prompt ready for the model: template, placeholders expanded, positions, pixels.
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

/** Media in the order of their placeholders must be what the placeholders say. */
function requireMedia(announced: readonly Processed['kind'][], came: readonly Processed['kind'][]): void {
  if (announced.join() === came.join()) return;
  const list = (kinds: readonly string[]) => kinds.join(', ') || 'none';
  throw new VideorftError(`the messages announce ${list(announced)} as images and videos, but ${list(came)} came`, {
    code: 'prompt-media',
    facts: { announced: announced.length, came: came.length },
    fix: 'pass one clip per image or video part of the messages, in their order (an image is a clip of sampledFps 0)',
  });
}

/** Places of the media in the expanded tokens: each follows the last, and what is between them. */
function placeMedia(ids: readonly number[], media: readonly Processed[], config: ModelConfig): PreparedVision[] {
  const isMedium = (id: number) => id === config.video_token_id || id === config.image_token_id;
  const placeholders = ids.flatMap((id, i) => (isMedium(id) ? [i] : []));
  let grown = 0;
  return media.map(({ pixel_values, grid_thw }, i) => {
    const start = placeholders[i] + grown;
    grown += (grid_thw[0] * grid_thw[1] * grid_thw[2]) / config.vision.spatial_merge_size ** 2 - 1;
    return visionOf(pixel_values, grid_thw, start);
  });
}

/**
 * `clips`: the images and videos in the order in which the messages announce them.
 * Errors: 'prompt-media' when messages and clips disagree in number or kind; 'vision-frames' from processClip.
 */
export function preparePrompt(
  config: ModelConfig,
  tokenizer: ModelTokenizer,
  messages: readonly Message[],
  clips: readonly Clip[],
): Prepared {
  if (!tokenizer.encodeChat)
    throw new VideorftError('this tokenizer has no chat template', { code: 'tokenizer-template' });
  const ids = tokenizer.encodeChat(messages);
  const media = clips.map((clip) => pixelsOf(config, clip));
  const announced = ids.flatMap((id) =>
    id === config.video_token_id ? ['video' as const] : id === config.image_token_id ? ['image' as const] : [],
  );
  requireMedia(
    announced,
    media.map(({ kind }) => kind),
  );
  const grids = media.map(({ grid_thw }) => grid_thw);
  const tokens = Int32Array.from(expandVision(ids, grids, config));
  const videos = media.filter(({ kind }) => kind === 'video');
  const { position_ids, rope_deltas } = get_rope_index(config, {
    input_ids: [tokens],
    image_grid_thw: media.filter(({ kind }) => kind === 'image').map(({ grid_thw }) => grid_thw),
    video_grid_thw: videos.map(({ grid_thw }) => grid_thw),
    second_per_grid_ts: videos.map(({ second_per_grid_ts }) => second_per_grid_ts),
  });
  return {
    tokens,
    positions: position_ids,
    nextPosition: tokens.length + rope_deltas[0],
    vision: placeMedia(ids, media, config),
  };
}
