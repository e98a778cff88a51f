// Stage 1 for still images: one shared system prompt, and one description prompt per kind of source, because a chart, a
// geometry figure and a receipt are worth different words (paper, appendix D.2). The wording is ours.
import { z } from 'zod';
import type { Sample } from '../data/sample.ts';
import { mediaParts, type PromptImage, replySchema, type StagePrompt } from './stage-prompt.ts';

export const version = 'describe-image/2';

export const imageDescriptionSchema = z.object({
  /** One paragraph about the whole image. */
  caption: z.string().trim().min(1),
  objects: z.array(z.string()),
  /** Every piece of readable text, exactly as written. */
  text: z.array(z.string()),
  /** Numbers, lengths, angles, axis values: what is measured, and the value. */
  quantities: z.array(z.string()),
  spatial_relations: z.array(z.string()),
  scene: z.string(),
});
export type ImageDescription = z.infer<typeof imageDescriptionSchema>;

export const systemPrompt = `You describe images for people who cannot see them.
Write down what is visible, and only that, exactly: copy text and numbers character by character.
Do not solve, guess, ask or answer anything. If something is unclear, say that it is unclear.
Reply with one JSON object and nothing else, with the fields
"caption" (the whole image in a few sentences), "objects", "text" (every piece of writing), "quantities" (every number with what it
measures), "spatial_relations" (where things are) and "scene" (the kind of image and its surroundings).`;

export const imageSources = ['chart', 'mathematics', 'science', 'document', 'ocr', 'natural'] as const;
export type ImageSource = (typeof imageSources)[number];

export const sourcePrompts: Readonly<Record<ImageSource, string>> = {
  chart: `This image is a chart or a table. Give its title, axes with units and range, the legend, and every series or row with its
values read as precisely as the picture allows. Say which series has which colour or mark.`,
  mathematics: `This image belongs to a mathematical problem. Name every point, line, shape, curve and symbol with its label; give lengths,
angles, equations, counts and marks of equality, parallels or right angles as drawn. Do not derive anything that is not written.`,
  science: `This image belongs to a question of natural science. Name the parts of the diagram with their labels, what the arrows connect,
the stages and their order, the apparatus, the materials, and every formula or value that is written.`,
  document: `This image is a document: a page, a form, a receipt, a slide or a screen. Transcribe all text in reading order, keep line breaks as
separate entries, and say where each block stands and how it stands out (heading, field and its value, table cell, stamp, handwriting).`,
  ocr: `This image has text to be read: a sign, a label, a plate, a caption, handwriting or rendered words. Transcribe every piece of text character
by character, with upper and lower case, punctuation and symbols as they are; one entry for each piece, from top to bottom and left to right. Say
on what each piece is written and where it stands. What cannot be read is written as it looks, with a question mark for each doubtful character.`,
  natural: `This image is a photograph or a drawing of a scene. Name every object with colour, size, count and posture, what people or
animals do, and where things are relative to each other and to the viewer.`,
};

// Published data sets by the start of their name, as found in the data_source field of VideoRFT-Data and Video-R1.
const knownSources: readonly (readonly [RegExp, ImageSource])[] = [
  [/chart|plot|dvqa|figureqa|tabmwp|tabular|infographic/i, 'chart'],
  [/math|geo|clevr|unigeo|iconqa|arithm|r-?coco|super-clevr/i, 'mathematics'],
  [/science|ai2d|tqa|physic|chemi|bio|pathvqa|vqa-rad|pmc/i, 'science'],
  [/doc|receipt|screen|invoice/i, 'document'],
  [/ocr|text|hme|st-?vqa|rendered|writing|\biam\b|iiit/i, 'ocr'],
];
const bySkill: Readonly<Partial<Record<NonNullable<Sample['skill']>, ImageSource>>> = {
  mathematics: 'mathematics',
  science: 'science',
  document: 'document',
};

/**
 * The kind of source of an image sample: a chart or a text to be read by the name of its data set, else its skill group where it has one, else what
 * the name says, else a text to be read where that is what is asked for, else natural.
 */
export function imageSourceOf(sample: Pick<Sample, 'skill' | 'data_source' | 'problem_type'>): ImageSource {
  const named = knownSources.find(([pattern]) => pattern.test(sample.data_source ?? ''))?.[1];
  if (named === 'chart' || named === 'ocr') return named;
  const bySubject = (sample.skill && bySkill[sample.skill]) ?? named;
  if (sample.problem_type === 'OCR' && (bySubject === undefined || bySubject === 'document')) return 'ocr';
  return bySubject ?? 'natural';
}

/** The describer's request for one image. */
export function describeImagePrompt(image: PromptImage, source: ImageSource): StagePrompt {
  return {
    version: `${version}/${source}`,
    messages: [
      { role: 'system', content: systemPrompt },
      {
        role: 'user',
        content: [
          ...mediaParts({ images: [image], durationSeconds: 0 }),
          { type: 'text', text: sourcePrompts[source] },
        ],
      },
    ],
    jsonSchema: replySchema('image_description', imageDescriptionSchema),
  };
}
