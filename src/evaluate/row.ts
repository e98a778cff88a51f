// One line of a result file: the question, what the model was shown and asked, what it said, and what that is worth. Everything that a
// stranger needs to compare (diff.ts) or to score again (scoredRow). Leaves out: what all rows share (the manifest, recipes/).
import { reasonOf, VideorftError } from '../base/errors.ts';
import { sha256 } from '../base/hash.ts';
import type { ProblemType } from '../data/sample.ts';
import type { Clip, Frame } from '../media/index.ts';
import type { Message } from '../prompt/index.ts';
import { lenientAnswer, parseCompletion } from '../prompt/parse.ts';
import { accuracyReward } from '../rewards/index.ts';
import { groupsOf } from './question.ts';
import type { Answer } from './respondent.ts';
import { type Outcome, type ScoredQuestion, type Scoring, sampleOf, scoreOutput } from './scoring/scoring.ts';
import type { SentVideo, ShownPrompt } from './sent-video.ts';
import type { Task } from './task.ts';

export interface FrameFacts {
  /** Source frames, and their times in seconds. */
  readonly indices: readonly number[];
  readonly times: readonly number[];
  readonly sampledFps: number;
  readonly sourceFps: number;
  readonly sourceFrames: number;
  readonly width: number;
  readonly height: number;
}

export interface Decoding {
  readonly maxTokens: number;
  readonly temperature: number;
  readonly topP: number | null;
  readonly seed: number;
}

/** A judge's verdict on an answer, where one was asked for (judging.ts); it takes the place of the rule's. */
export interface JudgedAnswer {
  readonly model: string;
  /** Version of its prompt. */
  readonly prompt: string;
  /** What it was shown as the answer. */
  readonly answer: string;
  /** From 0 (another answer than the reference) to 1 (the same). */
  readonly score: number;
  readonly why: string;
}

export interface EvaluatedRow extends ScoredQuestion {
  /** The question's id and the number of this answer to it; absent in files from before there were several. */
  readonly question?: string;
  readonly sample?: number;
  readonly benchmark: string | null;
  /** Below the media root; rows that share it share a video. */
  readonly path: string;
  readonly groups: Readonly<Record<string, string>>;
  /** SHA-256 of the messages as JSON, and of the frames' sizes and RGB bytes. Null: not asked, or nothing shown. */
  readonly prompt: string | null;
  readonly pixels: string | null;
  readonly frames: FrameFacts | null;
  /** How the video went out; absent: it did not, or there is none. By video_url the server chose the frames: `frames` and `pixels` are null. */
  readonly video?: SentVideo;
  readonly request: { readonly messages: readonly Message[]; readonly decoding: Decoding } | null;
  readonly output: string;
  readonly finish: 'stop' | 'length' | null;
  readonly extracted: string | null;
  readonly rung: string | null;
  /** 0 to 1, under the run's scoring. */
  readonly score: number;
  readonly outcome: Outcome;
  /** R_a of the answer block, and of the answer wherever it stands. */
  readonly strict: number;
  readonly lenient: number;
  readonly judge?: JudgedAnswer;
  readonly formatOk: boolean;
  readonly semantic: number | null;
  readonly tokens: number;
  /** Of loading the media, and of answering: a request's time with its retries and waits, or this row's share of its batch. */
  readonly seconds: { readonly load: number; readonly answer: number };
  readonly error: string | null;
}

const hashes = new WeakMap<Clip, string>();

/** Hash of what is shown: the number of frames, then each frame's size and bytes. Once per clip. */
export function pixelHash(clip: Clip): string {
  let known = hashes.get(clip);
  if (known === undefined) {
    const bytes = new Map<Frame, string>();
    for (const frame of clip.frames) if (!bytes.has(frame)) bytes.set(frame, sha256(frame.data));
    known = sha256(clip.frames.map((frame) => `${frame.width}x${frame.height} ${bytes.get(frame)}`).join('\n'));
    hashes.set(clip, known);
  }
  return known;
}

const factsOf = ({ frames, indices, sampledFps, sourceFps, sourceFrames }: Clip): FrameFacts => ({
  indices,
  times: frames.map(({ time }) => Number(time.toFixed(6))),
  sampledFps,
  sourceFps,
  sourceFrames,
  width: frames[0].width,
  height: frames[0].height,
});

/** Of a row without a verdict. */
export const unscored = {
  extracted: null,
  rung: null,
  score: 0,
  outcome: 'error',
  strict: 0,
  lenient: 0,
  formatOk: false,
} as const satisfies Partial<EvaluatedRow>;

/** A row that nobody was asked about yet. */
function unasked({ id, question, sample }: Task): EvaluatedRow {
  return {
    id,
    question: String(question.problem_id),
    sample,
    benchmark: question.benchmark ?? null,
    path: question.path,
    groups: groupsOf(question),
    type: question.problem_type as ProblemType,
    options: question.options ?? null,
    solution: question.solution,
    prompt: null,
    pixels: null,
    frames: null,
    request: null,
    output: '',
    finish: null,
    ...unscored,
    semantic: null,
    tokens: 0,
    seconds: { load: 0, answer: 0 },
    error: 'not asked',
  };
}

/** The row of a question that could not be asked. */
export const failedRow = (task: Task, error: unknown): EvaluatedRow => ({
  ...unasked(task),
  error: reasonOf(error),
});

export interface Answered {
  readonly prompt: ShownPrompt;
  readonly answer: Answer;
  readonly decoding: Decoding;
  readonly semantic: number | null;
  readonly seconds: EvaluatedRow['seconds'];
}

/** The row of an answer. Where the question's own solution cannot be read, the output stays and the row is an error. */
export function answeredRow(task: Task, answered: Answered, scoring: Scoring): EvaluatedRow {
  const { prompt, answer, decoding, semantic, seconds } = answered;
  const row: EvaluatedRow = {
    ...unasked(task),
    prompt: sha256(JSON.stringify(prompt.messages)),
    pixels: prompt.clip ? pixelHash(prompt.clip) : null,
    frames: prompt.clip ? factsOf(prompt.clip) : null,
    ...(prompt.sent ? { video: prompt.sent } : {}),
    request: { messages: prompt.messages, decoding },
    output: answer.text,
    finish: answer.finish,
    semantic,
    tokens: answer.tokens,
    seconds,
    error: null,
  };
  return scoredRow(row, scoring);
}

/** A verdict is of the answer that the judge was shown, and of no other. */
function underJudge(row: EvaluatedRow): EvaluatedRow {
  const { judge, extracted } = row;
  if (!judge) return row;
  if (judge.answer !== extracted) {
    const error = 'judge-answer: the judge was shown another answer than is read here: videorft eval judge again';
    return { ...row, ...unscored, error };
  }
  const { score } = judge;
  return { ...row, score, outcome: score === 1 ? 'right' : score > 0 ? 'partial' : 'wrong' };
}

/** The same row under a scoring, from its output, and its judge's verdict where it has one. A row whose question was never answered stays what it is. */
export function scoredRow(row: EvaluatedRow, scoring: Scoring): EvaluatedRow {
  if (row.finish === null) return row;
  const { output, finish, type, options } = row;
  const sample = sampleOf(row);
  try {
    const parsed = parseCompletion(output);
    return underJudge({
      ...row,
      ...scoreOutput(row, output, finish, scoring),
      strict: accuracyReward(sample, parsed.answer).value,
      lenient: accuracyReward(sample, lenientAnswer(output, type, { options })).value,
      formatOk: parsed.formatOk,
      error: null,
    });
  } catch (error) {
    if (!(error instanceof VideorftError)) throw error;
    return { ...row, ...unscored, error: reasonOf(error) };
  }
}
