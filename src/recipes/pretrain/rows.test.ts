// What pretraining's rows teach: which tokens are targets, and that the logged places are the answers.
import { beforeAll, expect, test } from 'vitest';
import { createRng } from '../../base/rng.ts';
import { initWeights } from '../../models/init.ts';
import { weightShapes } from '../../models/qwen2_5_vl/graphs.ts';
import { qwenModel } from '../../models/qwen2_5_vl/index.ts';
import { loadTokenizer, type Tokenizer } from '../../models/tokenizer/load.ts';
import { allQuestions } from '../../world/questions/index.ts';
import { microBase } from '../shipped.ts';
import { smallModelConfig } from './config.ts';
import { conversation, interview, rollCall } from './conversation.ts';
import { collectExercises, copyRow, lookupRow } from './lookup.ts';
import { conversationRow, type Model, type WeightedRow } from './rows.ts';
import { SceneStream } from './scenes.ts';

let tokenizer: Tokenizer;
let model: Model;
beforeAll(async () => {
  tokenizer = await loadTokenizer(microBase);
  const config = smallModelConfig('micro', tokenizer.size, (t) => tokenizer.idOf(t));
  model = qwenModel(config, initWeights(weightShapes(config), createRng(1), 4), tokenizer);
});

const text = (row: WeightedRow) => tokenizer.decode(Array.from(row.completion), { skipSpecial: false });
const tokenAt = (row: WeightedRow, at: number) => tokenizer.decode([row.completion[at]]);

test('a conversation: every assistant token and nothing of the user is a target; probes are where answers begin', async () => {
  const scenes = new SceneStream(5, 0);
  const seen = new Set<string>();
  for (let i = 0; i < 40; i++) {
    const { scene, clip } = await scenes.at(i);
    const turns = conversation(scene);
    const row = conversationRow(model, tokenizer, { scene, clip });
    expect(row.weights).toHaveLength(row.completion.length);
    const all = text(row);
    turns.slice(1).forEach((turn) => {
      expect(all).toContain(`<|im_start|>user\n${turn.user}<|im_end|>`);
    });
    const targets = Array.from(row.completion).filter((_, t) => row.weights[t] > 0);
    const said = turns.flatMap((t) => t.assistant.filter((p) => p.weight > 0).map((p) => p.text)).join('');
    expect(tokenizer.decode(targets)).toBe(said);
    const pieces = turns.flatMap((t) => t.assistant.filter((p) => p.probe));
    row.probes.forEach(({ name, at }, k) => {
      expect(name).toBe(pieces[k].probe);
      expect(pieces[k].text.startsWith(tokenAt(row, at))).toBe(true);
      seen.add(name);
    });
  }
  expect([...seen].sort()).toEqual(['choice', 'direct', 'letters', 'thought', 'untidy', 'words']);
});

test('an interview: the right answer after each question, the answers alone being targets of the first turn', async () => {
  const scenes = new SceneStream(6, 0);
  const seen = new Set<string>();
  for (let i = 0; i < 40; i++) {
    const { scene, clip } = await scenes.at(i);
    const [turn] = interview(scene);
    if (!turn.user.startsWith('Answer questions')) continue;
    const row = conversationRow(model, tokenizer, { scene, clip }, interview);
    const asked = allQuestions(scene);
    const said = turn.assistant.map((p) => p.text).join('');
    const pairs = [...said.matchAll(/ ([^?]+\?) ([^?]+?)\.(?= [A-Z]|$)/g)].map(([, problem, answer]) => ({
      problem,
      answer,
    }));
    expect(pairs.length).toBe(turn.assistant.filter((p) => p.probe).length);
    for (const { problem, answer } of pairs) {
      expect(asked.filter((q) => q.problem === problem).map((q) => q.answerText)).toContain(answer);
    }
    const end = row.completion.indexOf(tokenizer.idOf('<|im_end|>'));
    const targets = Array.from(row.completion.slice(0, end)).filter((_, t) => row.weights[t] > 0);
    expect(tokenizer.decode(targets)).toBe(pairs.map(({ answer }) => ` ${answer}`).join(''));
    row.probes.forEach(({ name }) => {
      seen.add(name);
    });
  }
  expect([...seen]).toEqual(expect.arrayContaining(['direction', 'event', 'relative', 'sign', 'count-objects']));
});

test('a look-up row: letters are the only targets, each the letter of the option before it, first mentions count double', () => {
  const exercises = collectExercises(9).slice(0, 500);
  const rng = createRng(4);
  for (let i = 0; i < 60; i++) {
    const row = lookupRow(model, tokenizer, exercises, rng, i < 20 ? 0 : 5000);
    const list = tokenizer.decode(Array.from(row.prompt.tokens));
    const completion = Array.from(row.completion);
    const met = new Set<string>();
    let asked = '';
    completion.forEach((id, t) => {
      if (row.weights[t] === 0) {
        asked += tokenizer.decode([id]);
        return;
      }
      const letter = tokenizer.decode([id]);
      const option = asked.replace('</answer>', '').replace('.<answer>', '').trim();
      expect(`${list} `).toMatch(new RegExp(`${letter}\\. ${option}( [B-D]\\. |\\s)`));
      expect(row.weights[t]).toBe(met.has(option) ? 1 : 2);
      met.add(option);
      asked = '';
    });
    expect(met.size).toBeGreaterThan(0);
    expect(row.probes).toHaveLength(7);
  }
});

test('a row of copying: the question again, word by word, after it has been asked', () => {
  const exercises = collectExercises(9).slice(0, 100);
  const rng = createRng(5);
  for (let i = 0; i < 20; i++) {
    const row = copyRow(model, tokenizer, exercises, rng);
    const asked = tokenizer.decode(Array.from(row.prompt.tokens));
    const again = tokenizer.decode(Array.from(row.completion).filter((_, t) => row.weights[t] > 0)).trim();
    expect(exercises.map((e) => e.problem)).toContain(again);
    expect(asked).toContain(again);
    expect(row.probes.map((p) => p.name)).toEqual(['copied']);
  }
});

test('a roll call: what is said of each object is true of it', async () => {
  const scenes = new SceneStream(7, 0);
  const seen = new Set<string>();
  for (let i = 0; i < 60; i++) {
    const { scene } = await scenes.at(i);
    const [turn] = rollCall(scene);
    if (turn.user !== 'Roll call.') continue;
    const said = turn.assistant.map((p) => p.text).join('');
    for (const call of said.split('.').filter((text) => text !== '')) {
      const words = call.trim().split(' ');
      if (words[0] === 'sign') {
        expect(scene.texts.map((t) => t.text)).toContain(words.slice(1).join(' '));
        continue;
      }
      const matching = scene.objects.filter(({ colour, shape, motion }) => {
        if (words.length === 2) return words.includes(colour) && words.includes(shape);
        const isMotion = words[2] === 'is' || words[2] === (motion.direction ?? motion.kind);
        return words[0] === colour && words[1] === shape && isMotion;
      });
      expect(matching.length, call).toBeGreaterThan(0);
    }
    for (const { probe } of turn.assistant) if (probe) seen.add(probe);
  }
  expect([...seen].sort()).toEqual(['colour', 'motion', 'place', 'shape', 'sign']);
});
