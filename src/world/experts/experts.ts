// The three experts as functions of a request's content: describer and refiner see pictures, the reasoner sees text only.
// Documented stand-ins for GPT-4o-mini, DeepSeek-R1 and Qwen2.5-VL, for clips of the micro-world.
import { createRng, hash32, type Rng } from '../../base/rng.ts';
import { completionText, type Refinement } from '../../prompt/refine.ts';
import { createEyes, type Seen } from './eyes.ts';
import { type ChatContent, descriptionIn, draftIn, questionIn } from './http/chat-request.ts';
import { describeImage } from './language/describe-image.ts';
import { describeFilm, describePhoto } from './language/describe-photo.ts';
import { describeVideo } from './language/describe-video.ts';
import { type ReasonerOptions, reason } from './reasoner/reason.ts';
import { type RefinerOptions, refine } from './refiner/refine.ts';
import { notice } from './vision/photo.ts';

export const expertNames = ['describer', 'reasoner', 'refiner'] as const;
export type ExpertName = (typeof expertNames)[number];

export interface Reply {
  readonly content: string;
  /** The chain of thought of the reasoner. */
  readonly reasoning?: string;
}

export type Expert = (content: ChatContent, seed: number) => Promise<Reply>;

/** A refused request: the message goes to the client with status 400. */
export class BadRequest extends Error {}

function describeSeen({ frames, medium, facts }: Seen): unknown {
  if (facts) return medium === 'image' ? describeImage(facts) : describeVideo(facts);
  const notes = notice(frames);
  return medium === 'image' ? describePhoto(notes[0]) : describeFilm(notes);
}

/** The random stream of a request: the same for the same sample and seed, whatever the words that ask, so that no wording of a prompt moves a result. */
const rngOf = (name: ExpertName, sample: unknown, seed: number): Rng =>
  createRng(hash32(`${name}/${seed}/${JSON.stringify(sample)}`));

/** The experts; describer and refiner share their eyes. */
export function createExperts(options: ReasonerOptions & RefinerOptions): Readonly<Record<ExpertName, Expert>> {
  const eyes = createEyes();
  const look = (content: ChatContent) => {
    if (content.pictures.length === 0)
      throw new BadRequest('This model needs at least one image_url part with a data URL.');
    return eyes.see(content.pictures);
  };
  return {
    describer: async (content) => ({ content: JSON.stringify(describeSeen(await look(content))) }),
    reasoner: async ({ text }, seed) => {
      const [description, question] = [descriptionIn(text), questionIn(text)];
      const thought = reason(description, question, options, rngOf('reasoner', [description, question], seed));
      return { content: `<answer>${thought.answer}</answer>`, reasoning: thought.think };
    },
    refiner: async (content, seed) => {
      const { text } = content;
      const { facts } = await look(content);
      const [draft, question] = [draftIn(text), questionIn(text)];
      const refined = refine(draft, question, facts, options, rngOf('refiner', [draft, question], seed));
      const reply: Refinement = {
        inconsistencies: [...refined.inconsistencies],
        revised: completionText(refined.think, refined.answer),
      };
      return { content: JSON.stringify(reply) };
    },
  };
}
