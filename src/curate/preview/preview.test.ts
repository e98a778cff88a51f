// The preview against the truth: what a run then really sends, word for word; gaps, stored answers, samples that would be set aside; that it
// asks nobody and leaves one file.
import { readdir, readFile, rm, truncate } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { startChatServer } from '../../../test/support/chat-server.ts';
import { runCli } from '../../../test/support/cli-world.ts';
import { useCurateFixture } from '../../../test/support/curate-fixture.ts';
import { fakeExperts, makeSamples, textReader } from '../../../test/support/curate-world.ts';
import { createFakeChatModel } from '../../llm/fake.ts';
import { colourEmbedder } from '../../rewards/fake-embedder.ts';
import type { CurateConfig } from '../config.ts';
import { collectPreview } from './collect.ts';
import { textRuns } from './gaps.ts';
import { previewCuration } from './index.ts';
import { renderPreview } from './page.ts';

const world = useCurateFixture();
const tools = { media: textReader };

function judged(): CurateConfig {
  const { describer, reasoner, refiner } = world.config().experts;
  return world.config({
    experts: { describer, reasoner, refiner, judge: { baseURL: 'http://127.0.0.1:9/v1', model: 'judge' } },
  });
}
const open = (answer: string) =>
  makeSamples(2).map((sample) => ({
    ...sample,
    problem_type: 'free-form' as const,
    solution: `<answer>${answer}</answer>`,
  }));

describe('before anything is asked', () => {
  test('the description prompt is whole, the others have gaps that say whose answer is missing', async () => {
    await world.write(open('a red ball'));
    const { samples } = await collectPreview(judged(), 1, tools);
    const gapsOf = (i: number) => {
      const texts = samples[0].prompts[i].prompt.messages.flatMap(({ content }) =>
        typeof content === 'string' ? [content] : content.flatMap((part) => (part.type === 'text' ? [part.text] : [])),
      );
      return texts.flatMap(textRuns).flatMap(({ text, isGap }) => (isGap ? [text] : []));
    };
    expect(samples[0].prompts.map(({ stage, status }) => [stage, status])).toEqual([
      ['describe', 'next'],
      ['reason', 'later'],
      ['refine', 'later'],
      ['judge', 'later'],
    ]);
    expect([0, 1, 2, 3].map(gapsOf)).toEqual([
      [],
      ["the describer's description, which is not there yet"],
      Array(2).fill("the reasoner's draft, which is not there yet"),
      ["the refiner's revision, which is not there yet"],
    ]);
  });

  test('nobody is asked, and the page is all that is left', async () => {
    await world.write(makeSamples(4));
    await using server = await startChatServer(() => ({ text: 'no' }));
    const experts = ['describer', 'reasoner', 'refiner'].flatMap((role) => [
      ...[`--experts.${role}.base-url`, server.baseURL, `--experts.${role}.model`, role],
    ]);
    // Text files are no videos: each would be set aside, which a preview tells as well.
    const flags = ['--data', world.at('samples.jsonl'), '--media-root', world.at('.'), '--out', world.at('out')];
    const { status, out, err } = await runCli('curate', ...flags, ...experts, '--preview', '3');
    expect([status, err]).toEqual([0, '']);
    expect(out).toContain('preview, nobody was asked: 3 of 4 usable samples');
    expect(out).toContain('would be set aside: media-');
    expect(out.trimEnd().endsWith(world.at('out/preview.html'))).toBe(true);
    expect(await readdir(world.at('out'))).toEqual(['preview.html']);
    expect(server.requests).toHaveLength(0);
  });

  test('a missing file and an undecodable one are told, the others shown', async () => {
    await world.write(makeSamples(6), ['not a row']);
    await rm(world.at('clips/0.mp4'));
    await truncate(world.at('clips/1.mp4'));
    const preview = await collectPreview(world.config(), 6, tools);
    expect(preview.rows).toEqual({ total: 7, usable: 6 });
    expect(preview.samples.map(({ problem, prompts }) => [problem?.reason.split(':')[0], prompts.length])).toEqual([
      ['media-missing', 0],
      ['media-missing', 0],
      ['media-empty', 0],
      ['media-empty', 0],
      [undefined, 3],
      [undefined, 3],
    ]);
  });

  test('what is not about a file ends it', async () => {
    await world.write(makeSamples(2));
    const media = { read: () => Promise.reject(new Error('EMFILE')) };
    await expect(collectPreview(world.config(), 2, { media })).rejects.toThrow('EMFILE');
  });
});

describe('against a run', () => {
  test('every prompt is, to the byte, what the run sends; afterwards each is answered', async () => {
    await world.write(open('a red ball'));
    const config = judged();
    const judge = createFakeChatModel(() => '{"why": "Same.", "score": 1}', 'judge');
    const models = { ...fakeExperts(), judge };
    await world.run(models, { embedder: colourEmbedder() }, config);
    const { samples } = await collectPreview(config, 1, tools);
    const sent = [models.describer, models.reasoner, models.refiner, judge].map(({ calls }) => calls[0]);
    expect(samples[0].prompts.map(({ prompt }) => prompt.messages)).toEqual(sent.map(({ messages }) => messages));
    expect(samples[0].prompts.map(({ prompt }) => prompt.jsonSchema)).toEqual(sent.map(({ jsonSchema }) => jsonSchema));
    expect(samples[0].prompts.map(({ status }) => status)).toEqual(Array(4).fill('answered'));
    expect(samples[0].prompts[2].answer).toMatchObject({ think: 'The question asks for a number. I see 0.' });
  });

  test('where a run was stopped after the drafts, they stand in the next prompt', async () => {
    await world.write(makeSamples(2));
    const stopped = fakeExperts((name) => (name === 'refiner' ? Promise.reject(new Error('down')) : undefined));
    await world.run(stopped);
    const text = await previewCuration(world.config(), 1, tools);
    expect(text).toContain('<think>The question asks for a number. It is question 0.</think>\n  <answer>-1</answer>');
    expect(text).toMatch(/reason → reasoner reasoner at 127\.0\.0\.1:9 \(this machine\): answered already/);
    expect(text).toMatch(/refine → .*: would be asked now/);
    expect(text).not.toContain('⟦');
  });
});

test('the page is one file that runs nothing: every text escaped, every picture in it', async () => {
  const evil = { ...makeSamples(1)[0], problem: '<script>alert(1)</script> & "question 0?"' };
  await world.write([evil]);
  await previewCuration(world.config(), 1, tools);
  const page = await readFile(world.at('out/preview.html'), 'utf8');
  expect(page).not.toMatch(/<script|src="(?!data:)|href="(?!#)/);
  expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;question 0?&quot;');
  const jpeg = (await readFile(world.at('clips/0.mp4'))).toString('base64');
  expect(page.split(`data:image/jpeg;base64,${jpeg}`)).toHaveLength(2);
  expect(page).toContain('the same 1 frames');
  expect(page).toContain('<mark class="gap">');
});

test('a question steers neither the terminal nor the marks', async () => {
  await world.write([{ ...makeSamples(1)[0], problem: 'question 0? \u001b[2J\u0007 \ue0f0reasons\ue0f1' }]);
  const text = await previewCuration(world.config(), 1, tools);
  expect(text).toContain('question 0? \ufffd[2J\ufffd \ue0f0reasons\ue0f1');
});

test('a video that goes as a whole is told as such', async () => {
  await world.write(makeSamples(1));
  const base = world.config();
  const refiner = { ...base.experts.refiner, video: 'video_url' as const, videoURL: 'file:///data' };
  const config = { ...base, experts: { ...base.experts, refiner } };
  const text = await previewCuration(config, 1, tools);
  expect(text).toContain('[the file, read by the server at file:///data/clips/0.mp4, 1 frames to be looked at]');
  expect(renderPreview(await collectPreview(config, 1, tools), config)).toContain(
    '<code>file:///data/clips/0.mp4</code>',
  );
});
