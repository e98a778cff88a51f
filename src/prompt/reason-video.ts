// Stage 2 for videos: the five sub-prompts of P_cot (METHOD.md section 2), each a step of how a person watches, thinks and checks. The wording is ours.
import type { ReasonTemplate } from './reason.ts';

export const reasonVideo: ReasonTemplate = {
  version: 'reason-video/1',
  intro: 'Answer a question about a video. Reason in five steps:',
  subPrompts: {
    'simulated observation':
      'Think as if you were watching the whole video from start to end yourself. Begin with one sentence that restates the question; then say what you see, in the order in which it happens. Never mention a description, a caption or JSON.',
    'task understanding':
      'Decide what kind of question this is (what, how many, in which order, where, how fast, what is written, what if) and what a good answer must contain.',
    'selective focus': 'Pick the moments that matter for the question, with their times, and leave the rest aside.',
    'visual reasoning':
      'Reason step by step from what is visible there: objects, actions, space, time and events. Use nothing that is not visible.',
    'reflective answering':
      'Check the conclusion once against what you saw; if it does not hold, correct it. Then answer.',
  },
};
