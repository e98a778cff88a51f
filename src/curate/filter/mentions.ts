// Whether a reasoning speaks of what its writer was given (the description, the JSON, captions of frames, the draft) instead of the video.
// A description, caption or JSON that is seen in the video, or asked about, is no such thing.
import { withoutQuotations } from './words.ts';

const cites =
  '(?:according to|based on|as per|given|from|per|by|in|reading|re-?reading|reviewing|checking|rechecking|looking (?:back )?at)';
const tells =
  "(?:says?|states?|mentions?|describes?|indicates?|notes?|specif(?:y|ies)|tells?|provides?|lists?|includes?|gives?|suggests?|confirms?|only|never|(?:does|do|did)(?: not|n[’']t))";
const kind = '(?:video|image|frame|scene|structured|provided|given|textual|text|clip|picture)';
/** 'The description of the video' is ours; 'the description on the label' is seen. */
const ours =
  '(?! (?:of|on|in|under|below|beside|above|next to|at) (?!the (?:video|image|clip|scene|frames?|picture)\\b))';

interface Mention {
  /** Where the question itself is about this, nothing is said. */
  readonly word: RegExp;
  readonly patterns: readonly RegExp[];
}

const mentions: readonly Mention[] = [
  {
    word: /descri/i,
    patterns: [
      new RegExp(`\\b${cites} (?:the|this|that)(?: \\w+)? descriptions?\\b${ours}`, 'i'),
      new RegExp(`\\b(?:the|this) descriptions? ${tells}\\b`, 'i'),
      new RegExp(`\\b${kind} descriptions?\\b`, 'i'),
      /(?:根据|依据|按照)(?:所?给的?|提供的|上述|该|这个)?(?:视频|图像|图片)?描述|描述(?:中|里)?(?:提到|指出|显示|说)/,
    ],
  },
  { word: /json/i, patterns: [/\bJSON\b/i] },
  {
    word: /caption|subtitle/i,
    patterns: [
      new RegExp(`\\b${cites} the(?: \\w+)? captions?\\b${ours}`, 'i'),
      /\bthe captions? (?:states?|mentions?|describes?|indicates?|does(?: not|n['’]t))\b/i,
      /\b(?:frame|timestamped|provided|given)(?:[- ]level)? captions?\b/i,
    ],
  },
  {
    word: /metadata|representation/i,
    patterns: [
      /\b(?:the|frame|video)(?:[- ]level)? metadata\b/i,
      /\bstructured (?:video |image )?(?:representation|data)\b/i,
    ],
  },
  {
    word: /draft/i,
    patterns: [
      new RegExp(
        `\\bthe (?:(?:original|initial|given|provided) )?draft(?:['’]s\\b| ${tells}\\b| (?:reasoning|answer|is|was)\\b)`,
        'i',
      ),
    ],
  },
  { word: /provided|given/i, patterns: [/\bthe (?:provided|given) (?:text|data|information|details)\b/i] },
];

/** `asked`: question, options and answers, which may speak of descriptions in their own right. */
export function mentionsInput(think: string, asked: string): boolean {
  const said = withoutQuotations(think);
  return mentions.some(({ word, patterns }) => !word.test(asked) && patterns.some((pattern) => pattern.test(said)));
}
