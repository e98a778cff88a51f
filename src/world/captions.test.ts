// Captions keep to the few sentence shapes and words of the micro-world's language; events agree with them.
import { describe, expect, it } from 'vitest';
import { caption, captionSentences, denseCaption, placeName } from './captions.ts';
import { eventsOf } from './events.ts';
import { generateScene, sceneSeed } from './generate.ts';
import { allQuestions } from './questions/index.ts';
import { colours, sentenceWords, shapes, signWords } from './vocab.ts';

const scenes = Array.from({ length: 2000 }, (_, index) =>
  generateScene({ seed: sceneSeed(31, 'train', index), split: 'train' }),
);
const clips = scenes.filter(({ data_type }) => data_type === 'video');

const thing = `(${colours.join('|')}) (${shapes.join('|')})`;
const way = '(left|right|up|down)';
const side = '(left|right|top|bottom)';
const clipSentence = new RegExp(
  `^(A ${thing} (moves ${way}( and stops)?|stays still|grows|shrinks|enters from the ${side}|leaves on the ${side})` +
    `|The ${thing} (hits|hides behind) the ${thing}|A sign says [A-Z0-9]+)\\.$`,
);

describe('captionSentences', () => {
  it('says every object and every sign once, in the agreed sentence shapes', () => {
    for (const scene of clips) {
      const sentences = captionSentences(scene);
      for (const sentence of sentences) expect(sentence).toMatch(clipSentence);
      for (const { colour, shape } of scene.objects) {
        expect(sentences.filter((s) => s.startsWith(`A ${colour} ${shape} `))).toHaveLength(1);
      }
      const relations = scene.objects.filter(({ target }) => target !== undefined).length;
      expect(sentences).toHaveLength(scene.objects.length + relations + scene.texts.length);
    }
  });
  it('goes from left to right', () => {
    const scene = clips.find(
      ({ objects }) => objects.length === 3 && objects.every(({ motion }) => motion.kind === 'still'),
    );
    const order = scene?.objects.toSorted((a, b) => a.track.x[0] - b.track.x[0]).map((o) => `${o.colour} ${o.shape}`);
    expect(scene && captionSentences(scene).map((s) => s.split(' ').slice(1, 3).join(' '))).toEqual(order);
  });
});

describe('denseCaption', () => {
  it('says where and when', () => {
    expect([placeName(1, 1), placeName(42, 42), placeName(83, 42), placeName(42, 83), placeName(-9, 90)]).toEqual([
      'at the top left',
      'in the middle',
      'on the right',
      'at the bottom',
      'at the bottom left',
    ]);
    const scene = clips.find(({ objects }) => objects.length === 1 && objects[0].motion.kind === 'stops');
    expect(scene && denseCaption(scene)).toMatch(
      /^At 0\.0 seconds a .+ is .+\. It moves .+ at 0\.\d\d heights per second\. It stops at [12]\.\d seconds\. At the end it is .+\.$/,
    );
  });
});

describe('sentenceWords', () => {
  it('lists exactly the words that captions, questions and options use', () => {
    const used = scenes.flatMap((scene) => [
      caption(scene),
      denseCaption(scene),
      ...allQuestions(scene).flatMap(({ problem, options = [] }) => [
        problem,
        ...options.map((option) => option.slice(3)),
      ]),
    ]);
    const words = new Set(used.join(' ').match(/\b([a-z]+|[A-Z][a-z]+|A)\b/g));
    expect([...words].filter((word) => !sentenceWords.includes(word) && !signWords.includes(word))).toEqual([]);
    expect(sentenceWords.filter((word) => !words.has(word))).toEqual([]);
  });
});

describe('eventsOf', () => {
  it('lists what happens in time order, contact and disappearance at their moment', () => {
    for (const scene of clips) {
      const events = eventsOf(scene);
      expect(events).toHaveLength(scene.objects.length + scene.texts.length);
      expect(events.map(({ start }) => start)).toEqual(events.map(({ start }) => start).toSorted((a, b) => a - b));
      for (const { type, subject, predicate, end } of events) {
        if (type === 'sign') continue;
        const object = scene.objects.find(({ colour, shape }) => `${colour} ${shape}` === subject);
        if (type !== 'hits' || !object) continue;
        const frame = Math.round(end * 8);
        const [before, after] = [frame - 1, frame + 1].map((f) => object.track.x[f] + object.track.y[f]);
        expect(predicate).toMatch(/^hits the /);
        expect(before).not.toBe(object.track.x[frame] + object.track.y[frame]);
        expect(after).toBe(object.track.x[frame] + object.track.y[frame]);
      }
    }
  });
});
