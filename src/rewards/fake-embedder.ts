// Test helper: an embedder whose space is (red, green, blue) plus a constant, so that "red" lies near red frames and far
// from their negatives. Records every call. Leaves out: any claim to be a model.
import type { Clip, Frame } from '../media/frame.ts';
import type { Embedder } from './embedder.ts';

const colours = ['red', 'green', 'blue'];

function normalized(values: readonly number[]): Float32Array {
  const norm = Math.hypot(...values);
  return Float32Array.from(values, (value) => value / norm);
}

function meanColour({ data }: Frame): number[] {
  return [0, 1, 2].map((channel) => {
    const values = data.filter((_, i) => i % 3 === channel);
    return values.reduce((sum, value) => sum + value, 0) / values.length - 127.5;
  });
}

export interface RecordingEmbedder extends Embedder {
  readonly textCalls: { readonly texts: readonly string[]; readonly maxTokens: number }[];
  readonly frameCalls: number[];
}

export function colourEmbedder(): RecordingEmbedder {
  const textCalls: { texts: readonly string[]; maxTokens: number }[] = [];
  const frameCalls: number[] = [];
  return {
    name: 'colours',
    textCalls,
    frameCalls,
    async embedTexts(texts, maxTokens) {
      textCalls.push({ texts, maxTokens });
      return texts.map((text) => normalized([...colours.map((colour) => (text.includes(colour) ? 1 : -0.4)), 0.3]));
    },
    async embedFrames(frames) {
      frameCalls.push(frames.length);
      return frames.map((frame) => normalized([...meanColour(frame), 40]));
    },
  };
}

/** A clip of 4×4 frames, one per RGB triple. */
export function flatClip(...triples: readonly (readonly [number, number, number])[]): Clip {
  const frames = triples.map((triple, i) => ({
    width: 4,
    height: 4,
    data: Uint8Array.from({ length: 48 }, (_, at) => triple[at % 3]),
    time: i,
  }));
  const indices = frames.map((_, i) => i);
  return { frames, sampledFps: 1, sourceFps: 1, sourceFrames: frames.length, durationSeconds: frames.length, indices };
}
