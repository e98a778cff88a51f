// Stage 3 for still images: P_cross where there is no time (METHOD.md section 2). The wording is ours.
import type { RefineTemplate } from './refine.ts';

const system = 'You see an image, and correct what others wrote about it.';

export const refineImage: RefineTemplate = {
  version: 'refine-image/1',
  system: { frames: system, file: system },
  instructions: `The draft was written by someone who did not see the image. Check it against what you see:
1. Verify every statement about objects, colours, counts, text, numbers, labels and positions, and every step of a calculation.
2. For each statement that the image contradicts, quote it ("claim"), say what is visible instead and where ("evidence"), and give the correction.
3. Revise the draft: keep its logical structure and its sentences where they are right, change what is wrong and whatever follows from it, the answer included. The revision speaks as one who saw the image; it does not mention the draft.`,
};
