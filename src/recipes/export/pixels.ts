// The paper's frames and pixels as other trainers are told them. Pure.
import { paperTrain } from '../../media/index.ts';

export const FRAMES = paperTrain.nframes;
export const MIN_PIXELS = paperTrain.min_pixels;
/** What the released processor makes of a maximum that equals the minimum (METHOD, section 3). */
export const MAX_PIXELS = Math.floor(paperTrain.max_pixels * 1.05);

export const framesWhy = `${FRAMES} frames`;
export const pixelsWhy = '128·28·28 pixels a frame; the maximum is 1.05 times that, as in the released processor';
