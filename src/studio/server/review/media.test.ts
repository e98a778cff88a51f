// Media of a file of samples over HTTP: ranges, copies, pictures, and what is never sent.
import { appendFileSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { useCurateFixture } from '../../../../test/support/curate-fixture.ts';
import { fakeExperts, makeSamples } from '../../../../test/support/curate-world.ts';
import { movingSquare } from '../../../../test/support/media.ts';
import { accept, get, post, withStudio } from '../../../../test/support/studio.ts';
import { encodePng, encodeVideo } from '../../../media/index.ts';
import type { Detail, Page } from '../../api.ts';
import { parseRange, sendFile } from '../send-file.ts';

const world = useCurateFixture();

test('a file with a video: the bytes come in ranges, whatever line or path is broken stays its own trouble', async () => {
  await encodeVideo(world.at('square.mp4'), movingSquare(8), { fps: 8 });
  const file = world.at('set.jsonl');
  const row = (id: number, path: string) =>
    JSON.stringify({ problem_id: id, problem: 'Where?', data_type: 'video', path, solution: '<answer>1</answer>' });
  writeFileSync(
    file,
    [row(1, 'square.mp4'), 'no row', '', row(2, '../../etc/passwd'), row(3, 'gone.mp4'), ''].join('\n'),
  );
  appendFileSync(file, row(4, ''));
  const bytes = statSync(world.at('square.mp4')).size;
  await withStudio(file, async ({ url }) => {
    const { rows } = await get<Page>(url('/api/review/samples'));
    expect(rows.map(({ id, bin }) => `${id} ${bin}`)).toEqual(['1 kept', ' quarantined', '2 kept', '3 kept', '4 kept']);
    const states = await Promise.all(
      rows.map(({ n }) => get<{ state: string; reason?: string; url?: string }>(url(`/api/review/samples/${n}/media`))),
    );
    expect(states.map(({ state }) => state)).toEqual(['ready', 'failed', 'failed', 'failed', 'failed']);
    expect(states[2].reason).toContain('outside the media root');
    const video = url(states[0].url as string);
    const part = await fetch(video, { headers: { Range: 'bytes=4-7' } });
    expect([part.status, part.headers.get('content-range'), await part.text()]).toEqual([
      206,
      `bytes 4-7/${bytes}`,
      'ftyp',
    ]);
    const outside = await fetch(video, { headers: { Range: `bytes=${bytes}-` } });
    expect([outside.status, outside.headers.get('content-range')]).toEqual([416, `bytes */${bytes}`]);
    const whole = await fetch(video);
    expect([whole.headers.get('content-type'), (await whole.bytes()).length]).toEqual(['video/mp4', bytes]);
    const head = await fetch(video, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, `${bytes}`, '']);
    expect((await fetch(url('/api/review/samples/3/media/original'))).status).toBe(409);
    // Asked for, a copy is made of what would play as well.
    const copy = async () => get<{ state: string }>(url('/api/review/samples/1/media?convert=1'));
    await expect.poll(async () => (await copy()).state, { timeout: 60_000 }).toBe('ready');
    expect(
      await (await fetch(url('/api/review/samples/1/media/copy'), { headers: { Range: 'bytes=4-7' } })).text(),
    ).toBe('ftyp');
  });
});

test('what asks for the head of a file leaves it closed', async () => {
  writeFileSync(world.at('a.bin'), 'abcd');
  const file = { path: world.at('a.bin'), type: 'video/mp4' };
  const answer = async (method: string) => (await sendFile(new Request('http://x', { method }), file)).body;
  expect(await answer('HEAD')).toBeNull();
  expect(await new Response(await answer('GET')).text()).toBe('abcd');
});

test('a file that was damaged is copied once it is mended', async () => {
  await encodeVideo(world.at('whole.mp4'), movingSquare(8), { fps: 8 });
  const whole = readFileSync(world.at('whole.mp4'));
  // The head can be read, the pictures cannot.
  const damaged = Buffer.from(whole);
  damaged.fill(0, damaged.indexOf('mdat') + 4, damaged.indexOf('mdat') + 4 + 1000);
  writeFileSync(world.at('a.mp4'), damaged);
  writeFileSync(world.at('set.jsonl'), JSON.stringify({ problem_id: 1, problem: '?', path: 'a.mp4' }));
  await withStudio(world.at('set.jsonl'), async ({ url }) => {
    const state = async () => (await get<{ state: string }>(url('/api/review/samples/1/media?convert=1'))).state;
    await expect.poll(state, { timeout: 60_000 }).toBe('failed');
    writeFileSync(world.at('a.mp4'), whole);
    await expect.poll(state, { timeout: 60_000 }).toBe('ready');
  });
});

test('applied twice at once: both are told what is so', async () => {
  await world.write(makeSamples(20));
  await world.run(fakeExperts());
  await withStudio(world.at('out'), async ({ url }) => {
    const answers = await Promise.all([1, 2, 3].map(() => post(url('/api/review/apply'), {})));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  });
});

test('pictures as they are; what is no picture or video is never sent, whatever it is called', async () => {
  const [png] = movingSquare(1);
  writeFileSync(world.at('a.png'), await encodePng(png));
  writeFileSync(world.at('evil.png'), '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>');
  symlinkSync('/etc/passwd', world.at('link.mp4'));
  const rows = ['a.png', 'evil.png', 'link.mp4'].map((path, problem_id) =>
    JSON.stringify({ problem_id, problem: '?', path, options: 7, solution: {} }),
  );
  writeFileSync(world.at('set.jsonl'), rows.join('\n'));
  await withStudio(world.at('set.jsonl'), async ({ url }) => {
    const original = (n: number) => fetch(url(`/api/review/samples/${n}/media/original`));
    const picture = await original(1);
    expect([picture.status, picture.headers.get('content-type')]).toEqual([200, 'image/png']);
    for (const n of [2, 3]) {
      const refused = await original(n);
      expect([refused.status, refused.headers.get('content-type')]).toEqual([409, 'application/json']);
      expect(await refused.text()).toContain('media-not-video');
    }
    // Fields of wrong types are shown as they are.
    expect(await get<Detail>(url('/api/review/samples/1'))).toMatchObject({ options: [], truth: '', think: '' });
    const decided = await post(url('/api/review/samples/1/decision'), accept);
    expect(((await decided.json()) as { error: { code: string } }).error.code).toBe('review-decision');
  });
});

test('rows of nonsense: each is shown, found or refused, and none is the end of the page', async () => {
  const words = 'word '.repeat(200_000);
  const rows = [
    { problem_id: 1, problem: null, options: { a: 1 }, process: 7, draft: words, path: 5, solution: null },
    {
      problem_id: { x: 1 },
      problem: 'y'.repeat(1 << 20),
      process: words,
      draft: words.replaceAll('w', 's'),
      path: 'a\0b',
    },
    { problem_id: 3, problem: '\u202e \0 needle', inconsistencies: [null, 3, { claim: [1] }], solution: '\ud800' },
  ].map((row) => JSON.stringify(row));
  const nested = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  const deep = ['options', 'problem', 'process'].map((name, i) => `{"problem_id": ${i + 4}, "${name}": ${nested}}`);
  writeFileSync(world.at('set.jsonl'), [...rows, ...deep, '42', ''].join('\r\n'));
  await withStudio(world.at('set.jsonl'), async ({ url }) => {
    const { rows: found } = await get<Page>(url('/api/review/samples'));
    expect(found).toHaveLength(7);
    for (const { n } of found) {
      const answer = await fetch(url(`/api/review/samples/${n}`));
      expect([n, answer.status]).toEqual([n, 200]);
      expect((await answer.text()).length).toBeLessThan(400_000);
    }
    expect((await get<Page>(url('/api/review/samples?q=NEEDLE'))).rows.map(({ id }) => id)).toEqual(['3']);
    for (const [n, reason] of [
      [2, 'no problem_id'],
      [5, 'nested too deeply'],
      [6, 'nested too deeply'],
    ] as const) {
      const reject = await post(url(`/api/review/samples/${n}/decision`), { decision: { verdict: 'reject' } });
      expect([reject.status, await reject.text()]).toEqual([409, expect.stringContaining(reason)]);
    }
    const applied = await post(url('/api/review/apply'), {});
    expect(await applied.text()).toContain('in 7 = kept 6 + rejected 0 + quarantined 1');
  });
});

test.each([
  [undefined, 'whole'],
  ['bytes=0-', { start: 0, end: 99 }],
  ['bytes=10-19', { start: 10, end: 19 }],
  ['bytes=90-200', { start: 90, end: 99 }],
  ['bytes=-10', { start: 90, end: 99 }],
  ['bytes=-1000', { start: 0, end: 99 }],
  ['bytes=100-', undefined],
  ['bytes=-0', undefined],
  ['bytes=20-10', 'whole'],
  ['bytes=1-2,5-6', 'whole'],
  ['bytes=-', 'whole'],
  ['seconds=1-2', 'whole'],
])('the range %s of 100 bytes', (header, expected) => {
  expect(parseRange(header, 100)).toEqual(expected);
});
