// Stage 2 for still images: the five sub-prompts of P_cot where there is no time, only regions, text and quantities. The wording is ours.
import type { ReasonTemplate } from './reason.ts';

export const reasonImage: ReasonTemplate = {
  version: 'reason-image/1',
  intro: 'Answer a question about an image. Reason in five steps:',
  subPrompts: {
    'simulated observation':
      'Think as if you were looking at the whole image yourself. Begin with one sentence that restates the question; then say what you see, from the whole to the parts. Never mention a description, a caption or JSON.',
    'task understanding':
      'Decide what kind of question this is (what, how many, where, what is written, what follows, what is the value) and what a good answer must contain.',
    'selective focus': 'Pick the regions that matter for the question and leave the rest aside.',
    'visual reasoning':
      'Reason step by step from what is visible there: objects, attributes, space, text and quantities. Where something is to be calculated, write the calculation down. Use nothing that is not visible.',
    'reflective answering':
      'Check the conclusion once against what you saw; if it does not hold, correct it. Then answer.',
  },
};
