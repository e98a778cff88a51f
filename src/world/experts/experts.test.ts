// The experts against the world's own truth, on fresh clips that went through H.264 and JPEG: what the describer sees, what the reasoner
// concludes from JSON alone, what the refiner repairs. Only this test imports the generator. Leaves out: HTTP (server.test.ts).
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRng } from '../../base/rng.ts';
import { decodeClip, decodeImage, encodeJpeg, type Frame } from '../../media/index.ts';
import { imageDescriptionSchema } from '../../prompt/describe-image.ts';
import { videoDescriptionSchema } from '../../prompt/describe-video.ts';
import { shownText } from '../captions.ts';
import { writeScene } from '../dataset.ts';
import { generateScene, sceneSeed } from '../generate.ts';
import { allQuestions, type Question } from '../questions/index.ts';
import { motionName, type Scene, type WorldObject } from '../scene.ts';
import { createExperts } from './experts.ts';
import { look } from './eyes.ts';
import { type Facts, nameOf } from './facts.ts';
import { describeImage } from './language/describe-image.ts';
import { describeVideo } from './language/describe-video.ts';
import { claimOf, sentencesOf } from './language/parse.ts';
import { predicateOf, writtenText } from './language/sentences.ts';
import type { Completion } from './reasoner/compose.ts';
import { type ReasonerOptions, reason } from './reasoner/reason.ts';
import { type RefinerOptions, refine } from './refiner/refine.ts';

interface Case {
  readonly scene: Scene;
  readonly facts: Facts;
  readonly description: unknown;
}

const sceneCount = 220;
const cases: Case[] = [];
let folder = '';

/** The frames as an expert gets them: from the file, two a second, as JPEG. */
async function sentFrames(scene: Scene, file: string): Promise<Frame[]> {
  await writeScene(file, scene);
  const clip =
    scene.data_type === 'image'
      ? { frames: [await decodeImage(file)] }
      : await decodeClip(file, { fps: 2, maxFrames: 128 });
  return Promise.all(clip.frames.map(async (f) => ({ ...(await decodeImage(await encodeJpeg(f, 90))), time: f.time })));
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'experts-'));
  for (let i = 0; i < sceneCount; i++) {
    const split = i % 4 === 0 ? 'held-out' : 'train';
    const scene = generateScene({ seed: sceneSeed(11, split, i), split });
    const frames = await sentFrames(scene, join(folder, scene.data_type === 'image' ? `${i}.png` : `${i}.mp4`));
    const { facts } = look(frames, scene.data_type);
    if (!facts) throw new Error(`scene ${i} was taken for a photograph`);
    const description =
      scene.data_type === 'image'
        ? imageDescriptionSchema.parse(describeImage(facts))
        : videoDescriptionSchema.parse(describeVideo(facts));
    cases.push({ scene, facts, description: JSON.parse(JSON.stringify(description)) });
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const clips = () => cases.filter(({ scene }) => scene.data_type === 'video');
const share = (flags: readonly boolean[]) => flags.filter(Boolean).length / flags.length;

function truthOf(object: WorldObject, { objects }: Scene): string {
  const { kind, direction } = object.motion;
  const target = object.target === undefined ? undefined : objects[object.target];
  return target ? `${kind} ${direction} ${target.colour} ${target.shape}` : motionName(object.motion);
}

function seenMotion({ things }: Facts, name: string): string {
  const motion = things.find((thing) => nameOf(thing) === name)?.motion;
  if (!motion) return 'nothing';
  return motion.target ? `${motion.kind} ${motion.direction} ${motion.target}` : predicateOf(motion);
}

const asked = (question: Question) => ({ problem: question.problem, options: question.options ?? [] });

function isRight(question: Question, answer: string): boolean {
  if (question.problemType !== 'regression') return answer === question.answer;
  return Math.abs(Number(answer) - Number(question.answer)) <= 0.05 * Number(question.answer) + 1e-9;
}

const flawless: ReasonerOptions = { mistakeRate: 0, hardMistakeRate: 0, slipRate: 0 };
const attentive: RefinerOptions = { overlooks: 0, overlooksSubtle: 0, passesSlips: 0 };

interface Asked {
  readonly each: Case;
  readonly question: Question;
  readonly draft: Completion;
}

/** Every question of every scene, thought about. */
function drafts(options: ReasonerOptions, seed = 0): Asked[] {
  return cases.flatMap((each, i) =>
    allQuestions(each.scene).map((question, j) => {
      const draft = reason(each.description, asked(question), options, createRng(seed + i * 1000 + j));
      return { each, question, draft };
    }),
  );
}

describe('describer', () => {
  test('sees colour and shape of the objects, and no object that is not there', () => {
    const rows = clips().map(({ scene, facts }) => ({
      truth: scene.objects.map(({ colour, shape }) => `${colour} ${shape}`).sort(),
      seen: facts.things.map(nameOf).sort(),
    }));
    const found = rows.flatMap(({ truth, seen }) => truth.map((name) => seen.includes(name)));
    const invented = rows.flatMap(({ truth, seen }) => seen.filter((name) => !truth.includes(name)));
    expect(found.length).toBeGreaterThan(200);
    expect(share(found)).toBeGreaterThanOrEqual(0.95);
    expect(invented.length / found.length).toBeLessThan(0.03);
  });

  test('sees what the objects do', () => {
    const rows = clips().flatMap(({ scene, facts }) =>
      scene.objects.map((o) => seenMotion(facts, `${o.colour} ${o.shape}`) === truthOf(o, scene)),
    );
    expect(share(rows)).toBeGreaterThanOrEqual(0.9);
  });

  test('reads the signs and the text of images', () => {
    const rows = cases.filter(({ scene }) => scene.texts.length > 0);
    expect(rows.length).toBeGreaterThan(20);
    expect(share(rows.map(({ scene, facts }) => writtenText(facts) === shownText(scene)))).toBeGreaterThanOrEqual(0.95);
  });

  test('every sentence of a caption makes a claim that can be read back', () => {
    const captions = cases.map(({ description }) => (description as { caption: string }).caption);
    for (const caption of captions)
      for (const sentence of sentencesOf(caption)) expect(claimOf(sentence), sentence).toBeDefined();
  });
});

describe('reasoner', () => {
  test('answers from the description alone when it makes no mistakes', () => {
    const rows = drafts(flawless);
    const wrong = rows
      .filter(({ question, draft }) => !isRight(question, draft.answer))
      .map(({ question }) => question.kind);
    expect(new Set(rows.map(({ question }) => question.kind)).size).toBeGreaterThan(20);
    expect(1 - wrong.length / rows.length, `wrong: ${wrong.join(' ')}`).toBeGreaterThanOrEqual(0.9);
  });

  test('restates the question first, says what is seen, and stays short', () => {
    for (const { draft } of drafts(flawless)) {
      expect(draft.think).toMatch(/^The question asks [^.]+\. /);
      const words = draft.think.split(/\s+/).length;
      expect(words).toBeGreaterThanOrEqual(18);
      expect(words).toBeLessThanOrEqual(64);
    }
  });

  test('errs near the set rate, more often in hard kinds, and repeats itself exactly', () => {
    const right = drafts(flawless);
    const rows = drafts({ mistakeRate: 0.25, hardMistakeRate: 0.6, slipRate: 0 });
    const hard = /^(hit-target|hide-target|what-if|faster|first|speed)$/;
    const wrong = (isHard: boolean) =>
      share(
        rows.flatMap(({ question, draft }, i) =>
          hard.test(question.kind) === isHard ? [draft.think !== right[i].draft.think] : [],
        ),
      );
    expect(wrong(false)).toBeGreaterThan(0.2);
    expect(wrong(false)).toBeLessThan(0.3);
    expect(wrong(true)).toBeGreaterThan(0.5);
    expect(wrong(true)).toBeLessThan(0.7);
    expect(drafts({ mistakeRate: 0.25, hardMistakeRate: 0.6, slipRate: 0 }).map((r) => r.draft)).toEqual(
      rows.map((r) => r.draft),
    );
  });
});

test('the words that ask move no mistake', async () => {
  const { reasoner } = createExperts({ mistakeRate: 0.5, hardMistakeRate: 0.5, slipRate: 0.1, ...attentive });
  const texts = (words: string) =>
    cases.flatMap(({ scene, description }) =>
      allQuestions(scene).map((question) => {
        const options = (question.options ?? []).join('\n');
        const parts = [JSON.stringify(description), question.problem, options];
        return `${words}\n<description>\n${parts[0]}\n</description>\n<question>\n${parts[1]}\n</question>\n<options>\n${parts[2]}\n</options>`;
      }),
    );
  const replies = (words: string) =>
    Promise.all(texts(words).map((text) => reasoner({ text, pictures: [] }, 0).then(({ reasoning }) => reasoning)));
  const thoughts = await replies('Think.');
  expect(await replies('Now think step by step.')).toEqual(thoughts);
  expect(new Set(thoughts).size).toBeGreaterThan(1000);
});

describe('refiner', () => {
  const mistakes: ReasonerOptions = { mistakeRate: 1, hardMistakeRate: 0, slipRate: 0 };

  /** Drafts with one mistake about what is there, and what they should have been. */
  function injected(): (Asked & { right: Completion })[] {
    const right = drafts(flawless);
    return drafts(mistakes).flatMap((row, i) =>
      row.draft.think === right[i].draft.think ? [] : [{ ...row, right: right[i].draft }],
    );
  }

  test('repairs most injected mistakes by its own eyes, naming each, and leaves some', () => {
    const defaults: RefinerOptions = { overlooks: 0.08, overlooksSubtle: 0.3, passesSlips: 0.65 };
    const repaired = injected().map(({ each, question, draft, right }, i) => {
      const refined = refine(draft, asked(question), each.facts, defaults, createRng(i));
      if (refined.think !== draft.think) expect(refined.inconsistencies.length).toBeGreaterThan(0);
      const same = (text: string) => sentencesOf(text).sort().join(' ');
      return same(refined.think) === same(right.think) && refined.answer === right.answer;
    });
    expect(repaired.length).toBeGreaterThan(300);
    expect(share(repaired)).toBeGreaterThanOrEqual(0.8);
    expect(share(repaired)).toBeLessThan(0.99);
  });

  test('leaves a right draft as it is', () => {
    for (const { each, question, draft } of drafts(flawless)) {
      const refined = refine(draft, asked(question), each.facts, attentive, createRng(1));
      expect(refined, question.problem).toEqual({ ...draft, inconsistencies: [] });
    }
  });

  test('with the frames of another clip it repairs towards that wrong clip', () => {
    const rows = drafts(flawless).filter(
      ({ each, question }) => each.scene.data_type === 'video' && question.kind === 'event',
    );
    let changed = 0;
    rows.forEach(({ each, question, draft }, i) => {
      const other = clips()[(clips().indexOf(each) + 1 + (i % 7)) % clips().length];
      const refined = refine(draft, asked(question), other.facts, attentive, createRng(i));
      const caption = (other.description as { caption: string }).caption;
      const said = sentencesOf(refined.think)
        .filter((s) => s.startsWith('A '))
        .sort();
      if (other.facts.things.length === 0) return;
      expect(said).toEqual(
        sentencesOf(caption)
          .filter((s) => s.startsWith('A '))
          .sort(),
      );
      if (refined.think !== draft.think) changed++;
    });
    expect(changed / rows.length).toBeGreaterThan(0.8);
  });

  test.each([
    ['in hard kinds', { mistakeRate: 0, hardMistakeRate: 1, slipRate: 0 }],
    ['elsewhere', { mistakeRate: 0, hardMistakeRate: 0, slipRate: 1 }],
  ])('finds slips of reasoning when it looks for them, %s', (_, rates) => {
    const right = drafts(flawless);
    const seen = (text: string) =>
      sentencesOf(text)
        .filter((s) => s.startsWith('A '))
        .join();
    const slips = drafts(rates).flatMap((row, i) => {
      const { draft } = right[i];
      const slipped = row.draft.answer !== draft.answer && seen(row.draft.think) === seen(draft.think);
      return slipped ? [{ ...row, right: draft }] : [];
    });
    expect(slips.length).toBeGreaterThan(20);
    for (const { each, question, draft, right: truth } of slips) {
      const refined = refine(draft, asked(question), each.facts, attentive, createRng(2));
      expect(refined.answer, question.problem).toBe(truth.answer);
      expect(refined.inconsistencies).toHaveLength(1);
    }
  });
});
