// Questions: every answer is worked out again from the tracks, options are distinct and balanced, and nobody can answer without looking.
import { describe, expect, it } from 'vitest';
import { problemTypes, sampleSchema, skills } from '../../data/sample.ts';
import { learnBlindAnswers } from '../baselines.ts';
import { generateScene, sceneSeed } from '../generate.ts';
import { toRow } from '../rows.ts';
import type { Scene, Split, WorldObject } from '../scene.ts';
import { allQuestions, askScene, type Question, questionKinds } from './index.ts';

interface Case {
  readonly scene: Scene;
  readonly question: Question;
}
const scenesOf = (split: Split, count: number): Scene[] =>
  Array.from({ length: count }, (_, index) => generateScene({ seed: sceneSeed(21, split, index), split }));
const casesOf = (scenes: Scene[], ask: (scene: Scene) => Question[]): Case[] =>
  scenes.flatMap((scene) => ask(scene).map((question) => ({ scene, question })));

const everything = casesOf([...scenesOf('train', 1500), ...scenesOf('held-out', 500)], allQuestions);
const drawn = casesOf(scenesOf('train', 4000), (scene) => askScene(scene, 2));

/** Oracles: what the tracks alone say. `o` is the questioned object, where the problem names one. */
const named = ({ scene, question }: Case): WorldObject[] => {
  const names = question.problem.match(/(red|green|blue|yellow|purple|cyan) (circle|square|triangle|cross)/g) ?? [];
  return names.map((name) => scene.objects.filter(({ colour, shape }) => `${colour} ${shape}` === name)[0]);
};
const the = (o: WorldObject) => `the ${o.colour} ${o.shape}`;
const visibleFrames = ({ track }: WorldObject) => [...track.visible.keys()].filter((f) => track.visible[f] === 1);
const step = (o: WorldObject) =>
  [...o.track.x.keys()].slice(1).map((f) => [o.track.x[f] - o.track.x[f - 1], o.track.y[f] - o.track.y[f - 1]]);
const moves = (o: WorldObject) => step(o).some(([dx, dy]) => Math.hypot(dx, dy) > 0.1);
const topSpeed = (o: WorldObject) => Math.max(...step(o).map(([dx, dy]) => Math.hypot(dx, dy))) / 10.5;
function heading(o: WorldObject): string {
  const [dx, dy] = [o.track.x[31] - o.track.x[0], o.track.y[31] - o.track.y[0]];
  return Math.abs(dx) > Math.abs(dy) ? (dx < 0 ? 'left' : 'right') : dy < 0 ? 'up' : 'down';
}
const exitSide: Record<string, string> = { left: 'left', right: 'right', up: 'top', down: 'bottom' };
const entrySide: Record<string, string> = { left: 'right', right: 'left', up: 'bottom', down: 'top' };
const gap = (a: WorldObject, b: WorldObject, f: number) =>
  Math.hypot(a.track.x[f] - b.track.x[f], a.track.y[f] - b.track.y[f]);
const nearest = (o: WorldObject, scene: Scene) =>
  scene.objects.filter((b) => b !== o).toSorted((a, b) => gap(o, a, 31) - gap(o, b, 31))[0];

function happening(o: WorldObject, scene: Scene): string {
  const { track } = o;
  if (track.radius[31] > track.radius[0] + 1) return 'grows';
  if (track.radius[31] < track.radius[0] - 1) return 'shrinks';
  if (!moves(o)) return 'stays still';
  const way = heading(o);
  const edge = (f: number) => Math.min(track.x[f], track.y[f], 84 - track.x[f], 84 - track.y[f]);
  if (edge(0) < 0) return `enters from the ${entrySide[way]}`;
  if (edge(31) < 0) return `leaves on the ${exitSide[way]}`;
  if (track.visible[31] === 0) return `hides behind ${the(nearest(o, scene))}`;
  const stopsEarly = Math.hypot(...step(o)[30]) < 1e-9;
  if (!stopsEarly) return `moves ${way}`;
  const other = scene.objects.length > 1 ? nearest(o, scene) : undefined;
  const touching = other && gap(o, other, 31) < (o.track.radius[31] + other.track.radius[31]) * 1.2;
  const [dx, dy] = other ? [other.track.x[31] - track.x[31], other.track.y[31] - track.y[31]] : [0, 0];
  const ahead = { left: -dx, right: dx, up: -dy, down: dy }[way] ?? 0;
  return touching && ahead > 8 && Math.min(Math.abs(dx), Math.abs(dy)) < 3
    ? `hits ${the(other)}`
    : `moves ${way} and stops`;
}

/** Runs the clip on until something is touched or gone. */
function continued(o: WorldObject, scene: Scene): string {
  const [dx, dy] = step(o)[30];
  for (let t = 1; t < 200; t++) {
    const [x, y] = [o.track.x[31] + dx * t, o.track.y[31] + dy * t];
    const hit = scene.objects.find(
      (b) =>
        b !== o && Math.hypot(b.track.x[31] - x, b.track.y[31] - y) < (b.track.radius[31] + o.track.radius[31]) * 0.9,
    );
    if (hit) return `it hits ${the(hit)}`;
    if (x < 0 || y < 0 || x > 84 || y > 84) return `it leaves on the ${exitSide[heading(o)]}`;
  }
  return '';
}

const numbersIn = (scene: Scene) =>
  scene.texts
    .map(({ text }) => text)
    .join('')
    .match(/\d+/g)
    ?.map(Number) ?? [];
const oracles: Record<string, (c: Case, o: WorldObject, other: WorldObject) => string> = {
  colour: ({ scene, question }) =>
    scene.objects
      .filter(({ shape }) => question.problem.includes(shape))
      .map((o) => o.colour)
      .join(),
  shape: ({ scene, question }) =>
    scene.objects
      .filter(({ colour }) => question.problem.includes(colour))
      .map((o) => o.shape)
      .join(),
  event: ({ scene }, o) => happening(o, scene),
  which: ({ scene, question }) =>
    scene.objects
      .filter((o) => question.problem === `Which object ${happening(o, scene)}?`)
      .map(the)
      .join(),
  direction: (_, o) => heading(o),
  'enter-side': (_, o) => entrySide[heading(o)],
  'leave-side': (_, o) => exitSide[heading(o)],
  first: ({ scene }) => the(scene.objects.toSorted((a, b) => visibleFrames(a)[0] - visibleFrames(b)[0])[0]),
  relative: (_, o, other) => {
    const [dx, dy] = [o.track.x[31] - other.track.x[31], o.track.y[31] - other.track.y[31]];
    const angle = (Math.atan2(dy, dx) * 180) / Math.PI;
    return ['on the right', 'below', 'on the left', 'above'][Math.round(((angle + 360) % 360) / 90) % 4];
  },
  'hit-target': ({ scene }, o) => the(nearest(o, scene)),
  'hide-target': ({ scene }, o) => the(nearest(o, scene)),
  'what-if': ({ scene }, o) => continued(o, scene),
  faster: ({ scene }) => the(scene.objects.toSorted((a, b) => topSpeed(b) - topSpeed(a))[0]),
  'count-objects': ({ scene }) => String(scene.objects.filter((o) => visibleFrames(o).length > 0).length),
  'count-moving': ({ scene }) => String(scene.objects.filter(moves).length),
  speed: (_, o) => topSpeed(o).toFixed(2),
  sum: ({ scene }) => {
    const [a, b] = numbersIn(scene);
    return String(scene.texts[0].text.includes('+') ? a + b : a - b);
  },
  'count-shapes': ({ scene }) => String(scene.objects.length),
  sides: ({ scene }) =>
    String(scene.objects.reduce((n, o) => n + ({ triangle: 3, square: 4 }[o.shape as 'square'] ?? Number.NaN), 0)),
  tallest: ({ scene: { figure } }) =>
    figure.type === 'bars' ? figure.bars.toSorted((a, b) => b.height - a.height)[0].colour : '',
  level: ({ scene: { figure } }) => (figure.type === 'glass' ? String(figure.level) : ''),
  balance: ({ scene }) => {
    const [left, right] = scene.objects.map(({ track }) => track.y[0]);
    return left === right ? 'neither' : left > right ? 'left' : 'right';
  },
  sign: ({ scene }) => scene.texts[0].text,
  number: ({ scene }) => String(numbersIn(scene)[0]),
  text: ({ scene }) =>
    scene.texts
      .toSorted((a, b) => a.y - b.y)
      .map(({ text }) => text)
      .join(' '),
  describe: ({ scene }) =>
    scene.objects
      .map((o) => happening(o, scene))
      .toSorted()
      .join(),
};
/** The predicates of a described clip in the order of the oracle; a hit or hiding is told besides the way there. */
const predicatesIn = (text: string): string =>
  text
    .split(/(?<=\.) /)
    .filter((sentence) => !sentence.startsWith('A sign'))
    .map((s) => s.slice(0, -1).split(' ').slice(3).join(' '))
    .toSorted()
    .join();

describe('answers', () => {
  it('cover every kind with an oracle of its own', () => {
    expect(Object.keys(oracles).toSorted()).toEqual(questionKinds.map(({ kind }) => kind).toSorted());
    expect([...new Set(everything.map(({ question }) => question.kind))]).toHaveLength(questionKinds.length);
  });
  it.each(questionKinds.map(({ kind }) => kind))('%s: agrees with the tracks', (kind) => {
    const cases = everything.filter(
      ({ question, scene }) =>
        question.kind === kind && !(kind === 'describe' && scene.objects.some((o) => o.target !== undefined)),
    );
    expect(cases.length).toBeGreaterThan(10);
    for (const c of cases) {
      const [o, other] = named(c);
      const said = kind === 'describe' ? predicatesIn(c.question.answerText) : c.question.answerText;
      expect(said, `${c.scene.split} ${c.scene.seed} ${c.question.problem}`).toBe(oracles[kind](c, o, other));
    }
  });
  it('leave clear margins: speeds 1.5 times apart, appearances 0.75 s apart', () => {
    for (const { question } of everything.filter(({ question: { kind } }) => kind === 'faster')) {
      expect(Number(question.facts.speed) / Number(question.facts.slower)).toBeGreaterThanOrEqual(1.5 - 1e-9);
    }
    for (const { question } of everything.filter(({ question: { kind } }) => kind === 'first')) {
      expect(Number(question.facts.next) - Number(question.facts.at)).toBeGreaterThanOrEqual(6);
    }
  });
});

describe('options', () => {
  const choices = everything
    .filter(({ question }) => question.problemType === 'multiple choice')
    .map(({ question }) => question);
  it('are two to four different texts with letters, one of them right, none of them in the problem', () => {
    for (const { options = [], answer, answerText, problem } of choices) {
      expect(options.map((option) => option.slice(0, 3))).toEqual(
        ['A. ', 'B. ', 'C. ', 'D. '].slice(0, options.length),
      );
      expect(new Set(options.map((option) => option.slice(3))).size).toBe(options.length);
      expect([2, 3, 4]).toContain(options.length);
      expect(options).toContain(`${answer}. ${answerText}`);
      expect(problem).not.toContain('A.');
    }
  });
  it('have the right one at every letter equally often', () => {
    const four = choices.filter(({ options }) => options?.length === 4);
    for (const letter of 'ABCD') {
      const share = four.filter(({ answer }) => answer === letter).length / four.length;
      expect(Math.abs(share - 0.25)).toBeLessThan(0.02);
    }
  });
});

describe('the mix', () => {
  it('has five skills and five answer types, none of them rare, every kind among the drawn', () => {
    const share = (fits: (question: Question) => boolean) =>
      drawn.filter(({ question }) => fits(question)).length / drawn.length;
    for (const skill of skills) expect(share((q) => q.skill === skill)).toBeGreaterThan(0.08);
    for (const type of problemTypes) expect(share((q) => q.problemType === type)).toBeGreaterThan(0.05);
    for (const { kind } of questionKinds)
      expect(
        share((q) => q.kind === kind),
        kind,
      ).toBeGreaterThan(0.005);
  });
  it('cannot be answered without looking', () => {
    const questions = drawn.map(({ question }) => question);
    const [learnt, asked] = [questions.slice(0, questions.length / 2), questions.slice(questions.length / 2)];
    const guess = learnBlindAnswers(learnt);
    const right = (list: Question[]) => list.filter((q) => guess(q) === q.answer).length / list.length;
    expect(right(asked)).toBeLessThan(0.3);
    for (const [kind, list] of Map.groupBy(asked, (q) => q.kind)) expect(right(list), kind).toBeLessThan(0.47);
  });
  it('asks held-out scenes only about objects whose combination is held out', () => {
    for (const { scene, question } of everything.filter(({ scene: { split } }) => split === 'held-out')) {
      const subject = scene.objects.find(({ colour, shape }) => `${colour} ${shape}` === question.facts.subject);
      if (!subject || scene.data_type === 'image') continue;
      const trained = everything.some(
        ({ scene: { split, objects, data_type } }) =>
          split === 'train' &&
          data_type === 'video' &&
          objects.some(
            ({ colour, shape, motion: m }) =>
              colour === subject.colour &&
              shape === subject.shape &&
              m.kind === subject.motion.kind &&
              (m.direction === subject.motion.direction || m.kind === 'hits' || m.kind === 'hides'),
          ),
      );
      expect(trained, `${question.facts.subject} ${subject.motion.kind}`).toBe(false);
    }
  });
  it('makes valid rows with stable ids', () => {
    const rows = drawn.slice(0, 300).map(({ scene, question }, i) => toRow(scene, i, question));
    for (const row of rows) expect(sampleSchema.safeParse(row).success).toBe(true);
    expect(rows[0]).toMatchObject({
      split: 'train',
      kind: drawn[0].question.kind,
      problem_id: `train-000000-${rows[0].kind}`,
    });
  });
});
