// Skill groups by an expert behind a local server: only what no source tells is asked, once, and a question that spoils replies touches
// nobody else.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { main } from '../src/cli/main.ts';
import { encodeVideo } from '../src/media/encode.ts';
import {
  type ChatServer,
  type ScriptedReply,
  startChatServer,
  type WireBody,
  wireText,
} from './support/chat-server.ts';
import { linesOf, question } from './support/ingest-run.ts';
import { movingSquare, scratchFolder } from './support/media.ts';

const at = await scratchFolder();
const QUESTIONS = 40;
let server: ChatServer;
let reply: (body: WireBody) => ScriptedReply;

/** As the questions say: "Compute 3?" is mathematics, the others general. */
function sensible(body: WireBody): ScriptedReply {
  const asked = [...wireText(body).matchAll(/<question-\d+>\n([\s\S]*?)\n<\/question-\d+>/g)];
  return {
    text: JSON.stringify({ skills: asked.map(([, text]) => (text.includes('Compute') ? 'mathematics' : 'general')) }),
  };
}

beforeAll(async () => {
  mkdirSync(at('media/Chart'), { recursive: true });
  await encodeVideo(at('media/a.mp4'), movingSquare(4), { fps: 8 });
  writeFileSync(at('media/Chart/b.mp4'), readFileSync(at('media/a.mp4')));
  const rows = Array.from({ length: QUESTIONS }, (_, i) =>
    question(i, i % 4 === 3 ? 'Chart/b.mp4' : 'a.mp4', { problem: i % 2 ? `Compute ${i}?` : `What is ${i}?` }),
  );
  writeFileSync(at('q.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  server = await startChatServer((body) => reply(body));
});
afterAll(() => server.close());

async function run(out: string, ...more: readonly string[]) {
  server.requests.length = 0;
  const lines: string[] = [];
  const expert = ['--skill-expert.base-url', server.baseURL, '--skill-expert.model', 'scripted'];
  const args = ['ingest', '--data', at('q.jsonl'), '--media-root', at('media'), '--out', at(out), ...expert, ...more];
  const io = { out: (text: string) => void lines.push(text), err: (text: string) => void lines.push(text) };
  const status = await main(args, io);
  return { status, text: lines.join('\n') };
}
const skillsOf = (out: string) =>
  Object.fromEntries(
    linesOf<{ problem_id: number; skill?: string }>(join(at(out), 'train.jsonl')).map((row) => [
      row.problem_id,
      row.skill,
    ]),
  );

test('what no source tells is asked, many at a time; another run asks nothing', async () => {
  reply = sensible;
  expect(await run('skills')).toMatchObject({ status: 0 });
  const skills = skillsOf('skills');
  expect([skills[0], skills[1], skills[3]]).toEqual(['general', 'mathematics', 'document']);
  expect(server.requests).toHaveLength(2);
  expect(server.requests.map(wireText).join()).not.toContain('Compute 3?');
  const bytes = readFileSync(join(at('skills'), 'train.jsonl'), 'utf8');
  await run('skills');
  expect(server.requests).toEqual([]);
  expect(readFileSync(join(at('skills'), 'train.jsonl'), 'utf8')).toBe(bytes);
});

test('a question that spoils every reply stays unknown, alone, and is asked again next time', async () => {
  reply = (body) => (wireText(body).includes('What is 8?') ? { text: '{"skills": ["cooking"]}' } : sensible(body));
  const { text, status } = await run('spoilt');
  expect([status, text]).toEqual([0, expect.stringContaining('unknown 1')]);
  const unknown = Object.entries(skillsOf('spoilt')).filter(([, skill]) => skill === undefined);
  expect(unknown.map(([id]) => id)).toEqual(['8']);
  reply = sensible;
  await run('spoilt');
  expect(server.requests).toHaveLength(1);
  expect(skillsOf('spoilt')[8]).toBe('general');
});

test('an endpoint that refuses ends the run, and what it said before is kept', async () => {
  let replies = 0;
  reply = (body) => (++replies > 1 ? { status: 401, raw: '{}' } : sensible(body));
  const refused = await run('refused', '--skill-expert.concurrency', '1');
  expect(refused).toMatchObject({ status: 1, text: expect.stringContaining('llm-refused') });
  expect(linesOf(join(at('refused'), 'skills.jsonl'))).toHaveLength(16);
  reply = sensible;
  expect(await run('refused')).toMatchObject({ status: 0 });
  expect(server.requests).toHaveLength(1);
  expect(skillsOf('refused')).toEqual(skillsOf('skills'));
});

test('half an endpoint is an error that says so', async () => {
  const lines: string[] = [];
  const io = { out: () => undefined, err: (text: string) => void lines.push(text) };
  const args = ['ingest', '--data', at('q.jsonl'), '--out', at('half'), '--skill-expert.model', 'x'];
  expect(await main(args, io)).toBe(1);
  expect(lines.join()).toContain('skillExpert.baseURL');
});
