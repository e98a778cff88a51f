// Stage 3 for videos: P_cross, verify, explain, revise (METHOD.md section 2). The wording is ours.
import type { RefineTemplate } from './refine.ts';

export const refineVideo: RefineTemplate = {
  version: 'refine-video/1',
  system: {
    frames: 'You see frames of a video in order, each after its time, and correct what others wrote about it.',
    file: 'You see a video, and correct what others wrote about it.',
  },
  instructions: `The draft was written by someone who did not see the video. Check it against what you see:
1. Verify every statement about objects, colours, counts, text, positions, actions, directions, order and times.
2. For each statement that the video contradicts, quote it ("claim"), say what is visible instead and when ("evidence"), and give the correction.
3. Revise the draft: keep its logical structure and its sentences where they are right, change what is wrong and whatever follows from it, the answer included. The revision speaks as one who saw the video; it does not mention the draft.`,
};
