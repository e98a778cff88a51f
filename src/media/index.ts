// The public table of contents of media/: files become timestamped RGB frames and back.

export { commonDecoders, videoLibrary } from './av.ts';
export { type CacheOptions, ClipCache, clipBytes, type Loader, loadAny } from './cache.ts';
export { inspectFile, kindOfBytes, type MediaKind } from './container.ts';
export { type DecodedClip, type DecodeOptions, decodeClip, type FrameRequest } from './decode.ts';
export { DecodePool, type DecodeTask } from './decode-pool.ts';
export { type EncodeOptions, encodeVideo, encodeVideoToBuffer, type RgbPicture } from './encode.ts';
export { type EndsOptions, probeEnds } from './ends.ts';
export type { MediaErrorCode } from './errors.ts';
export { drawText, GLYPH_ADVANCE, GLYPH_HEIGHT, GLYPH_WIDTH, glyphs, textWidth } from './font.ts';
export { type Clip, type Frame, isPicture } from './frame.ts';
export { framePictures, loadFrameFolder } from './frame-folder.ts';
export { FrameStore, PIXELS_VERSION } from './frame-store.ts';
export { decodeImage, encodeJpeg, encodePng, frameDataUrl } from './image.ts';
export { type LoadOptions, loadClip } from './load.ts';
export { probe, type VideoInfo } from './open.ts';
export {
  micro,
  paperEval,
  paperTrain,
  profileBudget,
  profileFrameSize,
  profileImageSize,
  profiles,
  type VideoProfile,
} from './profile.ts';
export { type ResampleArithmetic, type ResampleMethod, resampleRgb } from './resample.ts';
export {
  IMAGE_FACTOR,
  MAX_PIXELS,
  MIN_PIXELS,
  resizeFrame,
  type SmartResizeOptions,
  smartResize,
  VIDEO_MAX_PIXELS,
  VIDEO_MIN_PIXELS,
  VIDEO_TOTAL_PIXELS,
  type VideoPixelBudget,
  videoFrameSize,
  videoMaxPixels,
} from './resize.ts';
export {
  ceilByFactor,
  FPS,
  FPS_MAX_FRAMES,
  FPS_MIN_FRAMES,
  FRAME_FACTOR,
  type FrameBudget,
  floorByFactor,
  frameIndices,
  roundByFactor,
  roundHalfEven,
  sampledFps,
  smartNframes,
  type TimeWindow,
  uniformTimes,
  windowFrames,
} from './sampling.ts';
