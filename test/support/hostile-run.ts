// The reward server in a process of its own under hostile and good requests at once: what it answers, and what is left of them afterwards.
import { copyFile, mkdir, readdir, readFile, symlink } from 'node:fs/promises';
import { request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createRng, hash32, type Rng } from '../../src/base/rng.ts';
import { type HttpRequest, type Material, makers, type RawClient, rawClients } from './hostile-requests.ts';
import { completion, rewardMedia } from './reward-world.ts';
import { startServeProcess } from './serve-process.ts';

export interface HostileCounts {
  /** Requests by kind that ended as they should. */
  readonly right: Record<string, number>;
  /** What went wrong, in words. */
  readonly wrong: string[];
  /** Resident memory in MiB and open files: after a fifth of the requests, and at the end. */
  readonly memory: readonly [number, number];
  readonly files: readonly [number, number];
  /** Requests inside at the end. */
  readonly left: number;
  readonly stderr: string;
  readonly status: number | null;
}

const AT_ONCE = 12;
/** One in so many is a raw socket; one in so many is good. */
const [RAW, GOOD] = [25, 10];

interface Answer {
  readonly status: number;
  readonly text: string;
}

/** A request as it is written, whatever its path. */
function send(origin: string, { method, path, headers, body }: HttpRequest): Promise<Answer> {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve, reject) => {
    const asked = request({ hostname, port, method, path, headers }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += String(chunk)));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      response.on('error', reject);
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

/** Sends the pieces and waits for the server's end, or cuts the connection. */
async function sendRaw(origin: string, { pieces, pause }: RawClient): Promise<void> {
  const socket = connect(Number(new URL(origin).port), '127.0.0.1');
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.on('error', () => undefined).resume();
  for (const piece of pieces) {
    if (socket.destroyed) break;
    socket.write(piece, 'latin1');
    if (pause > 0) await sleep(pause);
  }
  await Promise.race([closed, sleep(1000)]);
  socket.destroy();
}

/** Why the answer is wrong; undefined: it is right. */
function fault(
  { kind, body, allowed, errors }: HttpRequest,
  { status, text }: Answer,
  secrets: readonly string[],
): string | undefined {
  const leaked = secrets.find((secret) => text.includes(secret) && !body?.includes(secret));
  if (leaked !== undefined) return `${kind}: the answer holds ${leaked}: ${text}`;
  if (!allowed.includes(status)) return `${kind}: ${status} ${text.slice(0, 300)}`;
  if (status !== 200) return typeof JSON.parse(text).error?.message === 'string' ? undefined : `${kind}: ${text}`;
  if (!errors) return undefined;
  const codes = (JSON.parse(text) as { groups: { error?: { code: string } }[] }).groups.map(({ error }) => error?.code);
  return codes.every((code) => errors.includes(code ?? '')) ? undefined : `${kind}: ${text.slice(0, 300)}`;
}

/** A media root, and beside it a video that could be scored, with the paths that lead there. */
async function hostileMedia() {
  const world = await rewardMedia(3);
  const [root, outside] = [join(world.dir, 'root'), join(world.dir, 'outside')];
  for (const dir of [root, outside, join(root, 'sub')]) await mkdir(dir);
  for (const [i, url] of world.clips.entries()) await copyFile(fileURLToPath(url), join(root, `${i}.mp4`));
  const secret = join(outside, 'secret.mp4');
  await copyFile(fileURLToPath(world.clips[0]), secret);
  await symlink(secret, join(root, 'link.mp4'));
  await symlink(outside, join(root, 'folder'));
  await symlink('loop', join(root, 'loop'));
  const up = [
    '../outside/secret.mp4',
    './../outside/secret.mp4',
    'sub/../../outside/secret.mp4',
    '0.mp4/../../outside/secret.mp4',
  ];
  const other = [
    '..%2foutside%2fsecret.mp4',
    '..\\outside\\secret.mp4',
    `file://${secret}`,
    '../outside/secret.mp4\0.mp4',
  ];
  const links = ['link.mp4', 'folder/secret.mp4', 'sub/../folder/secret.mp4', 'loop', 'loop/x'];
  const places = [
    secret,
    `/proc/self/root${secret}`,
    '/dev/zero',
    '/dev/stdin',
    '/etc/passwd',
    '//etc/passwd',
    '~/x',
    '..',
    '.',
    '/',
    '\0',
    'a'.repeat(9000),
  ];
  return { world, root, secret, escapes: [...up, ...other, ...links, ...places] };
}

const memoryOf = async (pid: number) =>
  Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
const filesOf = async (pid: number) => (await readdir(`/proc/${pid}/fd`)).length;

/** Sends so many requests; they depend on the seed alone. */
export async function hostileRun(requests: number, seed: number): Promise<HostileCounts> {
  const { world, root, secret, escapes } = await hostileMedia();
  await using _ = world;
  const limits = ['--max-body-bytes', '100000', '--body-seconds', '1', '--max-concurrent', '8', '--rewards.w', '1'];
  const server = await startServeProcess('rewards', '--media-root', root, ...limits);
  const pid = server.child.pid ?? 0;
  const counts = { right: {} as Record<string, number>, wrong: [] as string[] };
  const sample = { problem_type: 'multiple choice', options: ['A. x', 'B. y'], solution: '<answer>A</answer>' };
  const groups = [0, 1, 2].map((i) => ({
    sample: { ...sample, path: `${i}.mp4` },
    completions: ['A', 'B'].map((answer) => ({ text: completion(answer) })),
  }));
  const good = (i: number): HttpRequest => ({
    kind: 'good',
    method: 'POST',
    path: '/v1/rewards',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ groups: [groups[i]] }),
    allowed: [200],
  });
  const known = await Promise.all([0, 1, 2].map((i) => send(server.baseURL, good(i))));
  const secrets = [secret, root, 'root:x:0'];
  const kinds = Object.keys(makers);

  async function one(i: number): Promise<string> {
    const rng: Rng = createRng(hash32(`${seed}/${i}`));
    if (i % RAW === 0) {
      const raw = rng.pick(rawClients)(rng);
      await sendRaw(server.baseURL, raw);
      return raw.kind;
    }
    if (i % GOOD === 1) {
      const at = rng.int(3);
      const answer = await send(server.baseURL, good(at));
      if (answer.text !== known[at].text) throw new Error(`good: ${answer.status} ${answer.text.slice(0, 300)}`);
      return 'good';
    }
    const kind = rng.pick(kinds);
    const material: Material = { group: groups[rng.int(3)], escapes };
    const asked = { kind, ...makers[kind](material, rng) };
    const wrong = fault(asked, await send(server.baseURL, asked), secrets);
    if (wrong !== undefined) throw new Error(wrong);
    return kind;
  }

  let next = 0;
  let early: readonly [number, number] = [0, 0];
  const worker = async () => {
    for (let i = next++; i < requests; i = next++) {
      if (i === Math.floor(requests / 5)) early = [await memoryOf(pid), await filesOf(pid)];
      try {
        const kind = await one(i);
        counts.right[kind] = (counts.right[kind] ?? 0) + 1;
      } catch (error) {
        counts.wrong.push(`${i}: ${(error as Error).message}`);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  let left = 1;
  for (let tries = 0; tries < 100 && left > 0; tries++) {
    left = ((await (await fetch(`${server.baseURL}/health`)).json()) as { requests: number }).requests;
    if (left > 0) await sleep(50);
  }
  const late = [await memoryOf(pid), await filesOf(pid)];
  const status = await server.end();
  return { ...counts, memory: [early[0], late[0]], files: [early[1], late[1]], left, stderr: server.stderr(), status };
}
