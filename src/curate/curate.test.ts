// A whole curation over scripted experts: what comes out, what is set aside, what a second run asks, what stops a run.
import { readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { useCurateFixture } from '../../test/support/curate-fixture.ts';
import {
  asked,
  askedInAll,
  expertReply,
  fakeExperts,
  makeSamples,
  requestText,
} from '../../test/support/curate-world.ts';
import { VideorftError } from '../base/errors.ts';
import { readJsonl } from '../base/jsonl.ts';
import { loadSamples } from '../data/read.ts';
import type { ChatRequest } from '../llm/port.ts';
import type { Embedder } from '../rewards/embedder.ts';

const world = useCurateFixture();

const ids = async (name: string) => (await loadSamples(world.at(`out/${name}`))).map((sample) => sample.problem_id);
const outputs = async () => {
  const names = (await readdir(world.at('out')))
    .filter((name) => name.endsWith('.jsonl') || name === 'counts.json')
    .sort();
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readFile(world.at(`out/${name}`), 'utf8')])),
  );
};

describe('a whole run', () => {
  test('writes the pool, the kept chains, the drafts and the rejects, and the counts add up', async () => {
    await world.write(makeSamples(20));
    const models = fakeExperts();
    const { counts } = await world.run(models);
    expect(asked(models)).toEqual([10, 20, 20]);
    expect(counts).toMatchObject({
      in: 20,
      kept: 18,
      rejected: 2,
      quarantined: 0,
      rl: 20,
      unrefined: { kept: 16, rejected: 4 },
    });
    expect(counts.skills).toEqual({
      general: { in: 10, kept: 8, rejected: 2, quarantined: 0 },
      mathematics: { in: 10, kept: 10, rejected: 0, quarantined: 0 },
    });
    expect(counts.experts.describe).toMatchObject({
      records: 10,
      models: ['describer'],
      prompt_versions: ['describe-video/1'],
    });
    expect(counts.revisions).toEqual({ changed: 20, answer_changed: 2, inconsistencies: 2 });
    expect(await ids('rl.jsonl')).toEqual(makeSamples(20).map((sample) => sample.problem_id));
    expect(await ids('rejected.jsonl')).toEqual([5, 15]);
    expect(await ids('cot-unrefined.jsonl')).toEqual((await ids('rl.jsonl')).filter((id) => Number(id) % 5 !== 0));
    const cot = await loadSamples(world.at('out/cot.jsonl'));
    expect(cot[10]).toMatchObject({
      problem_id: 11,
      process: '<think>The question asks for a number. I see 11.</think>',
      solution: '<answer>11</answer>',
      draft: '<think>The question asks for a number. It is question 11.</think>\n<answer>11</answer>',
      curation: { reason: { model: 'reasoner', prompt_version: 'reason-video/1' } },
    });
    const stored = JSON.parse(await readFile(world.at('out/counts.json'), 'utf8'));
    expect(stored).toEqual(counts);
  });

  test('the reasoner sees no pictures; the describer sees no question', async () => {
    await world.write(makeSamples(4));
    const models = fakeExperts();
    await world.run(models);
    const hasImage = (request: ChatRequest) => JSON.stringify(request.messages).includes('"image"');
    expect(models.reasoner.calls.some(hasImage)).toBe(false);
    expect(models.refiner.calls.every(hasImage)).toBe(true);
    expect(models.describer.calls.some((request) => requestText(request).includes('Which number'))).toBe(false);
  });

  test('bad rows, bad media, unreadable truths and missing files are quarantined with reasons; the run goes on', async () => {
    const samples = makeSamples(12);
    samples[11] = { ...samples[11], solution: '<answer>many</answer>' };
    await world.write(samples, ['{"problem_id": 99}', 'not json']);
    await truncate(world.at('clips/0.mp4'));
    await rm(world.at('clips/1.mp4'));
    const models = fakeExperts();
    const { counts } = await world.run(models);
    expect(counts).toMatchObject({ in: 14, kept: 6, rejected: 1, quarantined: 7 });
    expect(counts.reasons).toEqual({
      'wrong-answer': 1,
      'data-invalid-row': 2,
      'reward-truth-unreadable': 1,
      'media-empty': 2,
      'media-missing': 2,
    });
    expect(counts.stages.media).toEqual({ in: 11, out: 7 });
    const { rows } = await readJsonl<{ quarantine: { line: number; stage: string; reason: string } }>(
      world.at('out/quarantined.jsonl'),
    );
    expect(rows.map(({ quarantine }) => [quarantine.line, quarantine.stage])).toEqual([
      [13, 'read'],
      [14, 'read'],
      [12, 'read'],
      [1, 'media'],
      [2, 'media'],
      [3, 'media'],
      [4, 'media'],
    ]);
    expect(rows.every(({ quarantine }) => quarantine.reason.length > 10)).toBe(true);
  });

  test('open-ended answers are kept by text similarity, and the embedder is named in the record', async () => {
    const samples = makeSamples(4).map((sample, i) => ({
      ...sample,
      problem_type: 'free-form' as const,
      solution: `<answer>${i < 2 ? i : `something else ${i}`}</answer>`,
    }));
    await world.write(samples);
    let embedded = 0;
    const embedder: Embedder = {
      name: 'test-tower',
      embedTexts: async (texts) => {
        embedded += texts.length;
        return texts.map((text) => (/else/.test(text) ? Float32Array.of(0.6, 0.8) : Float32Array.of(1, 0)));
      },
      embedFrames: () => Promise.reject(new Error('not asked for')),
    };
    const { counts } = await world.run(fakeExperts(), { embedder });
    expect(counts).toMatchObject({ kept: 2, rejected: 2, reasons: { 'low-similarity': 2 } });
    expect(embedded).toBe(7); // 0, 1, 2, 3, -1 and the two references: every distinct text once
    const [dropped] = await loadSamples(world.at('out/rejected.jsonl'));
    expect(dropped.curation).toMatchObject({ filter: { embedder: 'test-tower', similarity: expect.closeTo(0.6, 5) } });
    const idle = fakeExperts();
    await expect(world.run(idle)).rejects.toMatchObject({ code: 'curate-no-embedder', facts: { line: 1 } });
    expect(asked(idle)).toEqual([0, 0, 0]);
  });
});

describe('again', () => {
  test('a second run asks nothing and writes the same bytes', async () => {
    await world.write(makeSamples(10));
    await world.run(fakeExperts());
    const first = await outputs();
    const models = fakeExperts();
    await world.run(models);
    expect(asked(models)).toEqual([0, 0, 0]);
    expect(await outputs()).toEqual(first);
  });

  test('a changed question or clip costs its own calls; another refiner costs refinement only', async () => {
    const samples = makeSamples(4);
    await world.write(samples);
    await world.run(fakeExperts());
    await world.write([{ ...samples[0], problem: 'Again: which number is question 0?' }, ...samples.slice(1)]);
    const question = fakeExperts();
    await world.run(question);
    expect(asked(question)).toEqual([0, 1, 1]);
    await writeFile(world.at('clips/1.mp4'), 'another clip');
    const clip = fakeExperts();
    await world.run(clip);
    expect(asked(clip)).toEqual([1, 0, 2]); // the description came out the same, so the blind drafts stand
    const config = world.config();
    const refiner = { ...config.experts.refiner, temperature: 0.7 };
    const warmer = fakeExperts();
    await world.run(warmer, {}, { ...config, experts: { ...config.experts, refiner } });
    expect(asked(warmer)).toEqual([0, 0, 4]);
    const coarse = { ...config.experts.describer, imageDetail: 'low' as const };
    const glancing = fakeExperts();
    await world.run(glancing, {}, { ...config, experts: { ...config.experts, describer: coarse } });
    expect(asked(glancing)).toEqual([2, 0, 0]); // two clips; described alike, so nothing else is asked
  });

  test('two files with the same content share one description', async () => {
    const samples = makeSamples(4);
    await world.write(samples);
    await writeFile(world.at('clips/1.mp4'), await readFile(world.at('clips/0.mp4')));
    const models = fakeExperts();
    await world.run(models);
    expect(asked(models)).toEqual([1, 4, 4]);
  });
});

describe('a run that cannot succeed stops', () => {
  const fail = (code: string) => (name: string) =>
    name === 'reasoner' ? Promise.reject(new VideorftError('no', { code, fix: 'Fix it.' })) : undefined;

  test('at once when an expert refuses everybody', async () => {
    await world.write(makeSamples(40));
    await expect(world.run(fakeExperts(fail('llm-refused')))).rejects.toMatchObject({ code: 'llm-refused' });
  });

  test('after a number of failures in a row, and the next run continues', async () => {
    await world.write(makeSamples(60));
    await expect(world.run(fakeExperts(fail('llm-failed')))).rejects.toMatchObject({ code: 'curate-experts-down' });
    const models = fakeExperts();
    expect((await world.run(models)).counts).toMatchObject({ in: 60, quarantined: 0 });
    expect(models.describer.calls.length).toBeLessThan(30);
  });

  test('single failures are quarantined, however many', async () => {
    await world.write(makeSamples(60));
    const models = fakeExperts((name, text) => {
      if (name === 'refiner' && /question \d*[13]\?/.test(text)) throw new Error('down');
      return undefined;
    });
    const { counts } = await world.run(models);
    expect(counts).toMatchObject({ in: 60, kept: 42, rejected: 6, quarantined: 12, reasons: { 'llm-failed': 12 } });
  });

  test('when aborted: with the reason, without outputs, nothing answered is lost', async () => {
    await world.write(makeSamples(30));
    const controller = new AbortController();
    let count = 0;
    const models = fakeExperts(() => {
      if (++count === 30) controller.abort(new Error('stop'));
      return undefined;
    });
    await expect(world.run(models, { signal: controller.signal })).rejects.toThrow('stop');
    expect((await readdir(world.at('out'))).sort()).toEqual(['config.yaml', 'run.lock', 'state.sqlite']);
    const rest = fakeExperts();
    expect((await world.run(rest)).counts).toMatchObject({ in: 30, quarantined: 0 });
    const total = askedInAll(rest);
    expect(total).toBeLessThanOrEqual(15 + 30 + 30 - (30 - 12)); // at most the 12 in flight were lost
  });

  test('while another process curates in the same folder', async () => {
    await world.write(makeSamples(4));
    const { promise: started, resolve: start } = Promise.withResolvers<void>();
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const slow = fakeExperts((name, text) => {
      start();
      return released.then(() => expertReply(name, text));
    });
    const first = world.run(slow);
    await started;
    await expect(world.run(fakeExperts())).rejects.toMatchObject({ code: 'run-locked' });
    release();
    expect((await first).counts.in).toBe(4);
  });

  test('when not one media file is there', async () => {
    await world.write(makeSamples(4));
    await rm(world.at('clips'), { recursive: true });
    await expect(world.run(fakeExperts())).rejects.toMatchObject({ code: 'curate-media-root', facts: { samples: 4 } });
  });

  test('when the disk fails', async () => {
    await world.write(makeSamples(2));
    await writeFile(world.at('out'), 'a file where the folder should be');
    await expect(world.run(fakeExperts())).rejects.toMatchObject({ code: 'EEXIST' });
  });
});
