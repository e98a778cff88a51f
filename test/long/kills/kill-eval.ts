// Kills one run of `videorft eval` against an endpoint again and again with SIGKILL, each time after a seeded number of further requests and a seeded
// moment more, gives the same command until it ends, and compares with a run that nothing happened to. The videos lie in a folder, or in a benchmark's zip.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng } from '../../../src/base/rng.ts';
import type { EvaluatedRow } from '../../../src/evaluate/index.ts';
import { rowsOf } from '../../support/cli-world.ts';
import { startEvalEndpoint } from '../../support/eval-endpoint.ts';
import { writeZip } from '../../support/zip.ts';

const bin = join(import.meta.dirname, '../../../src/cli/bin.ts');

type Row = Omit<EvaluatedRow, 'seconds'>;

export interface KilledEvaluation {
  readonly kills: number;
  /** Rows stored at each kill. */
  readonly storedAt: readonly number[];
  readonly requests: { readonly interrupted: number; readonly whole: number };
  readonly interrupted: {
    readonly rows: Readonly<Record<string, Row>>;
    readonly count: number;
    readonly scores: string;
  };
  readonly whole: { readonly rows: Readonly<Record<string, Row>>; readonly count: number; readonly scores: string };
}

/** The held-out questions of a world as MMVU's release, its videos in a zip. */
function asZippedRelease(world: string, release: string): void {
  const rows = rowsOf<{ problem: string; path: string; data_type: string }>(join(world, 'heldout.jsonl'));
  const videos = rows.filter(({ data_type }) => data_type === 'video');
  const names = new Map(videos.map(({ path }, i) => [path, `videos/Art/${i}.mp4`]));
  mkdirSync(release);
  const questions = videos.map(({ problem, path }, i) => ({
    ...{ id: `validation_${i}`, video: names.get(path), question: problem, question_type: 'multiple-choice' },
    ...{ choices: { A: 'left', B: 'right', C: 'up', D: 'down', E: 'away' }, answer: 'ABCDE'[i % 5] },
  }));
  writeFileSync(join(release, 'validation.json'), JSON.stringify(questions));
  const entries = [...names].map(([path, name]) => ({ name, data: readFileSync(join(world, path)) }));
  writeZip(join(release, 'videos.zip'), entries);
}

/** One logical run with so many kills. Throws where the run ends before: then there are too few questions. */
export async function killEvaluation(
  kills: number,
  clips: number,
  seed: number,
  { zipped = false }: { readonly zipped?: boolean } = {},
): Promise<KilledEvaluation> {
  const dir = mkdtempSync(join(tmpdir(), 'videorft-eval-kill-'));
  const rng = createRng(seed);
  let killWhenAt = Number.POSITIVE_INFINITY;
  let kill = () => {};
  await using server = await startEvalEndpoint({
    delayMs: 15,
    onRequest: (count) => {
      if (count < killWhenAt) return;
      killWhenAt = Number.POSITIVE_INFINITY;
      setTimeout(kill, rng.int(40));
    },
  });

  /** Whether it was killed. */
  const videorft = (args: readonly (string | number)[]) =>
    new Promise<boolean>((resolve, reject) => {
      const child = spawn(process.execPath, [bin, ...args.map(String)], {
        cwd: dir,
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      kill = () => child.kill('SIGKILL');
      let err = '';
      child.stderr.on('data', (data: Buffer) => {
        err += data.toString();
      });
      child.once('error', reject).once('close', (status, signal) => {
        if (signal !== 'SIGKILL' && status !== 0) reject(new Error(err));
        else resolve(signal === 'SIGKILL');
      });
    });
  const inputs = zipped
    ? ['--benchmark', 'mmvu', '--media-root', 'release', '--partial']
    : ['--data', 'world/heldout.jsonl', '--media-root', 'world'];
  const evaluation = (out: string) => [
    ...['eval', ...inputs, '--out', `${out}.jsonl`, '--samples', 2],
    ...['--protocol', 'micro', '--temperature', 1, '--endpoint', server.baseURL, '--endpoint-model', 'tested'],
    ...['--concurrency', 4, '--frame-cache', 'frames'],
  ];
  const stored = () => {
    try {
      return readFileSync(join(dir, 'killed.jsonl'), 'utf8').split('\n').length - 1;
    } catch {
      return 0;
    }
  };
  const result = (out: string) => {
    const rows = rowsOf<EvaluatedRow>(join(dir, `${out}.jsonl`));
    const scores = readFileSync(join(dir, `${out}.summary.json`), 'utf8');
    return {
      rows: Object.fromEntries(rows.map(({ seconds: _, ...row }) => [row.id, row])),
      count: rows.length,
      scores,
    };
  };

  await videorft(['world', '--out', 'world', '--train', 0, '--held-out', clips, '--questions', 2]);
  if (zipped) asZippedRelease(join(dir, 'world'), join(dir, 'release'));
  const storedAt: number[] = [];
  for (let i = 0; i < kills; i++) {
    killWhenAt = server.requests.length + 1 + rng.int(12);
    if (!(await videorft(evaluation('killed')))) throw new Error(`the run ended after ${i} kills`);
    storedAt.push(stored());
  }
  killWhenAt = Number.POSITIVE_INFINITY;
  await videorft(evaluation('killed'));
  const interrupted = server.requests.length;
  await videorft(evaluation('whole'));
  const requests = { interrupted, whole: server.requests.length - interrupted };
  return { kills, storedAt, requests, interrupted: result('killed'), whole: result('whole') };
}

/** Expectations that both suites share, as data: what must be equal. */
export const equalParts = ({ interrupted, whole }: KilledEvaluation) => [
  [interrupted.scores, interrupted.count, interrupted.rows],
  [whole.scores, whole.count, whole.rows],
];
