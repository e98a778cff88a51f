// `videorft eval` against an endpoint by ordered pictures, by JPEG-frame video and by video_url: what goes over the wire, what rows and eval diff say of it,
// what cannot be sent whole. Then our own server as the real one: video_url in every way gives what the model in this process gives.
import { cpSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type ChatServer, startChatServer, type WirePart } from '../../test/support/chat-server.ts';
import { rowsOf, runCli } from '../../test/support/cli-world.ts';
import { serveMicro } from '../../test/support/serve-world.ts';
import { zipRelease } from '../../test/support/zipped-release.ts';
import { sha256 } from '../base/hash.ts';
import { setLogLevel } from '../base/log.ts';
import type { EvaluatedRow } from '../evaluate/index.ts';

const fixtures = join(import.meta.dirname, '../../test/fixtures/benchmarks');
let dir: string;
beforeAll(() => {
  setLogLevel('silent');
  dir = mkdtempSync(join(tmpdir(), 'videorft-forms-'));
});
afterAll(() => {
  setLogLevel('info');
  rmSync(dir, { recursive: true, force: true });
});

const at = (name: string) => join(dir, `${name}.jsonl`);
const rows = (name: string) => rowsOf<EvaluatedRow>(at(name)).sort((a, b) => (a.id < b.id ? -1 : 1));
const answering = () => startChatServer(() => ({ text: '<answer>B</answer>' }));

function evaluate(baseURL: string, benchmark: string, out: string, ...more: readonly (string | number)[]) {
  const root = more.includes('--media-root') ? [] : ['--media-root', join(fixtures, benchmark)];
  return runCli(
    ...[
      'eval',
      '--benchmark',
      benchmark,
      ...root,
      '--out',
      at(out),
      '--endpoint',
      baseURL,
      '--endpoint-model',
      'micro',
    ],
    ...(more.includes('--protocol') ? [] : ['--protocol', join(fixtures, '../protocol-4-frames.json')]),
    ...more,
  );
}
const partial = '--partial';
const videosOf = ({ requests }: ChatServer) =>
  requests.flatMap(({ messages }) =>
    messages.flatMap(({ content }) =>
      typeof content === 'string'
        ? []
        : (content as readonly (WirePart & { video_url?: { url: string } })[]).flatMap((part) =>
            part.type === 'text' ? [] : [part.video_url?.url ?? part.type],
          ),
    ),
  );

test('JPEG-frame video: the frames of ordered pictures in one part, with their rate; the row says so, and diff', async () => {
  await using server = await answering();
  expect((await evaluate(server.baseURL, 'mmvu', 'jpegs', '--video', 'jpeg_video', partial)).status).toBe(0);
  const [first] = rows('jpegs');
  expect(videosOf(server)).toHaveLength(rows('jpegs').length);
  for (const url of videosOf(server)) expect(url).toMatch(/^data:video\/jpeg;base64,\/9j[^,]+(,\/9j[^,]+){3}$/);
  const { sampledFps: fps, indices } = first.frames as NonNullable<EvaluatedRow['frames']>;
  expect(indices).toHaveLength(4);
  expect(server.requests[0]).toMatchObject({
    media_io_kwargs: { video: { num_frames: 4, fps, do_sample_frames: false } },
    mm_processor_kwargs: { fps, do_sample_frames: false },
  });
  await using plain = await answering();
  expect((await evaluate(plain.baseURL, 'mmvu', 'frames', partial)).status).toBe(0);
  const same = ({ frames, pixels, prompt }: EvaluatedRow) => ({ frames, pixels, prompt });
  expect(rows('jpegs').map(same)).toEqual(rows('frames').map(same));
  expect([first.video, rows('frames')[0].video]).toEqual([{ form: 'jpeg_video' }, { form: 'frames' }]);
  const diff = await runCli('eval', 'diff', at('frames'), at('jpegs'));
  expect(diff.out).toContain('first differ in: video 2');
  expect(diff.out).toContain('frames as one video of JPEG pictures');
  const manifest = readFileSync(at('jpegs').replace('.jsonl', '.manifest.json'), 'utf8');
  expect(JSON.parse(manifest).model.media).toMatch(/one video of JPEG pictures/);
});

test('ordered pictures are said to be another prompt to a model of videos; another form is not', async () => {
  const said = async (name: string, ...more: readonly string[]) => {
    await using server = await answering();
    setLogLevel('info');
    const spy = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    try {
      await evaluate(server.baseURL, 'mmvu', name, partial, ...more);
      return spy.mock.calls.map(([text]) => String(text)).join('');
    } finally {
      spy.mockRestore();
      setLogLevel('silent');
    }
  };
  expect(await said('told')).toContain('--video jpeg_video sends the same frames as one video');
  expect(await said('untold', '--video', 'jpeg_video')).not.toContain('ordered pictures');
});

describe('video_url', () => {
  test('the file goes out, byte for byte, also out of a zip; what the server shows is not claimed', async () => {
    zipRelease('videomme', join(dir, 'zipped'));
    await using server = await answering();
    await evaluate(server.baseURL, 'videomme', 'file', '--video', 'video_url', partial);
    await evaluate(
      server.baseURL,
      'videomme',
      'zip',
      '--video',
      'video_url',
      partial,
      '--media-root',
      join(dir, 'zipped'),
    );
    const files = ['data/aaaaaaaaaaa.mp4', 'data/bbbbbbbbbbb.mkv'].map((name) =>
      readFileSync(join(fixtures, 'videomme', name)),
    );
    const [mp4, mkv] = files.map((bytes) => bytes.toString('base64'));
    const urls = [
      `data:video/mp4;base64,${mp4}`,
      `data:video/mp4;base64,${mp4}`,
      `data:video/x-matroska;base64,${mkv}`,
    ];
    expect(videosOf(server).sort()).toEqual([...urls, ...urls].sort());
    const asked = { num_frames: 4, min_pixels: 7056, max_pixels: 7056 };
    for (const body of server.requests)
      expect(body).toMatchObject({
        media_io_kwargs: { video: { num_frames: 4 } },
        mm_processor_kwargs: { min_pixels: asked.min_pixels, max_pixels: asked.max_pixels },
      });
    for (const row of [...rows('file'), ...rows('zip')]) {
      expect([row.error, row.frames, row.pixels]).toEqual([null, null, null]);
      const bytes = files[row.path.endsWith('mkv') ? 1 : 0];
      expect(row.video).toEqual({ form: 'video_url', by: 'data', sha256: sha256(bytes), asked });
    }
    const diff = await runCli('eval', 'diff', at('file'), at('zip'));
    expect([diff.status, diff.out]).toEqual([
      0,
      expect.stringContaining("frames and pixels of 3 questions were the server's"),
    ]);
    const report = await runCli('eval', 'report', at('file'), '--out', join(dir, 'report.html'));
    expect(report.status).toBe(0);
    expect(readFileSync(join(dir, 'report.html'), 'utf8')).toContain('which the server showed is not known');
  });

  test('by an address: each path below it, encoded; the videos need not be here, and fields can be left out', async () => {
    cpSync(join(fixtures, 'tempcompass'), join(dir, 'rows'), { recursive: true });
    rmSync(join(dir, 'rows/videos'), { recursive: true });
    await using server = await answering();
    const where = ['--media-root', join(dir, 'rows'), '--media-url', 'http://media.example/tc%20v/'];
    const without = ['--extra-body', '{"mm_processor_kwargs": null}'];
    const { status } = await evaluate(
      server.baseURL,
      'tempcompass',
      'url',
      '--video',
      'video_url',
      partial,
      ...where,
      ...without,
    );
    expect(status).toBe(0);
    for (const body of server.requests) expect(body).not.toHaveProperty('mm_processor_kwargs');
    const manifest = readFileSync(at('url').replace('.jsonl', '.manifest.json'), 'utf8');
    expect(JSON.parse(manifest).model).toMatchObject({ extraBody: { mm_processor_kwargs: null } });
    expect([...new Set(videosOf(server))]).toEqual(['http://media.example/tc%20v/videos/1001.mp4']);
    expect(rows('url').map(({ video }) => video)).toEqual(
      rows('url').map(() => expect.objectContaining({ by: 'http', sha256: null })),
    );
  });

  test('parts of videos, folders of pictures and subtitles cannot go so: refused, with --partial errors of their own', async () => {
    await using server = await answering();
    await evaluate(server.baseURL, 'mvbench', 'parts', '--video', 'video_url', partial);
    const errors = rows('parts').filter(({ error }) => error !== null);
    expect(new Set(errors.map(({ error }) => error?.replace(/question .*,/, '…')))).toEqual(
      new Set(['evaluation-part: the … and cannot be asked about a whole video']),
    );
    expect(errors.map(({ groups }) => groups.task)).toContain('episodic_reasoning');
    expect(errors.length + videosOf(server).length).toBe(rows('parts').length);
    await evaluate(server.baseURL, 'videomme', 'spoken', '--video', 'video_url', partial, '--subtitles');
    expect(rows('spoken').map(({ error }) => error)).toContainEqual(expect.stringContaining('subtitles'));
    const sample = {
      problem_id: 1,
      problem: 'q',
      data_type: 'video',
      problem_type: 'multiple choice',
      options: ['A. a'],
    };
    expect(sample.options).toHaveLength(1);
  });

  test('files too large, no videos, and pictures: errors that name them, before anything is sent', async () => {
    cpSync(join(fixtures, 'vsibench'), join(dir, 'bad'), { recursive: true });
    writeFileSync(join(dir, 'bad/arkitscenes/41069025.mp4'), 'version https://git-lfs.github.com/spec/v1\n');
    truncateSync(join(dir, 'bad/scannetpp/45b0dac5e3.mp4'), 100e6 + 1);
    await using server = await answering();
    const where = ['--media-root', join(dir, 'bad')];
    await evaluate(server.baseURL, 'vsibench', 'bad', '--video', 'video_url', partial, ...where);
    expect(rows('bad').map(({ error }) => error?.split(':')[0])).toEqual([
      'media-kind',
      'media-kind',
      'media-too-large',
    ]);
    expect(server.requests).toEqual([]);
  });

  test('settings that do not go together are told at once', async () => {
    const run = (...more: string[]) =>
      runCli('eval', '--benchmark', 'mmvu', '--media-root', join(fixtures, 'mmvu'), '--out', at('never'), ...more);
    const endpoint = ['--endpoint', 'http://127.0.0.1:1/v1', '--endpoint-model', 'm'];
    expect((await run('--video', 'video_url')).err).toContain('a way to an endpoint');
    expect((await run(...endpoint, '--media-url', 'http://a/')).err).toContain('--video video_url');
    expect((await run(...endpoint, '--video', 'video_url', '--embedder', dir)).err).toContain('needs the frames');
  });
});

test('our own server: the file in the request, by file: and by http: give what the model gives in this process', async () => {
  const root = join(fixtures, 'tempcompass');
  await using server = await serveMicro({ mediaRoot: root, allowHost: ['127.0.0.1'] });
  const files = createServer((request, response) => {
    response.end(readFileSync(join(root, decodeURIComponent(request.url ?? ''))));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => files.once('listening', resolve));
  const http = `http://127.0.0.1:${(files.address() as AddressInfo).port}`;
  const micro = ['--protocol', 'micro', '--temperature', 0, '--max-tokens', 96, partial];
  await runCli('eval', '--benchmark', 'tempcompass', '--media-root', root, '--out', at('here'), ...micro);
  const here = rows('here');
  expect(here).toHaveLength(5);
  const ways: Readonly<Record<string, readonly string[]>> = {
    data: ['--video', 'video_url'],
    file: ['--video', 'video_url', '--media-url', pathToFileURL(root).href],
    http: ['--video', 'video_url', '--media-url', http],
    jpeg: ['--video', 'jpeg_video'],
    pictures: ['--video', 'frames'],
  };
  for (const [way, flags] of Object.entries(ways)) {
    const { status, err } = await evaluate(server.baseURL, 'tempcompass', `own-${way}`, ...micro, ...flags);
    expect([way, status, err]).toEqual([way, 0, '']);
  }
  files.close();
  const outputs = (way: string) => rows(`own-${way}`).map(({ output, error }) => [output, error]);
  for (const way of ['data', 'file', 'http'])
    expect([way, outputs(way)]).toEqual([way, here.map(({ output, error }) => [output, error])]);
  for (const way of ['jpeg', 'pictures']) expect(outputs(way).map(([, error]) => error)).toEqual(here.map(() => null));
  expect((await runCli('eval', 'diff', at('own-data'), at('own-http'))).status).toBe(0);
});
