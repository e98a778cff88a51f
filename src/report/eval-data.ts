// What result files hand to their report: plain data. Leaves out: how it was computed (recipes/evaluation-report) and how it looks.
import type { AhaSummary } from './aha.ts';
import type { ReportFrame } from './speedrun-data.ts';
import type { Interval } from './statistics.ts';

/** Scores of one group of a result's rows: 'all', 'benchmark mmvu', 'category Biology', 'type OCR'. */
export interface ScoreLine {
  readonly group: string;
  /** Rows: the sum of `outcomes`. */
  readonly n: number;
  /** Rows of each outcome, in the order of EvalReport.outcomes. */
  readonly outcomes: readonly number[];
  readonly accuracy: Interval | null;
  readonly lenient: Interval | null;
  readonly format: number | null;
  readonly semantic: number | null;
}

export interface SampleCard {
  readonly id: string;
  readonly path: string;
  readonly groups: string;
  readonly type: string;
  readonly question: string;
  readonly options: readonly string[];
  readonly reference: string;
  readonly outcome: string;
  readonly extracted: string | null;
  /** What a judge said of the answer, where one was asked: the model's name, and why. */
  readonly judge?: string;
  readonly score: number;
  readonly tokens: number;
  readonly output: string;
  readonly error: string | null;
  readonly reflections: number;
  readonly frames: readonly ReportFrame[];
  /** Whether these are the frames that the model was shown, or why there are none. */
  readonly framesNote: string;
}

export interface ResultData {
  /** What tables call it: the file's name. */
  readonly label: string;
  readonly model: string;
  readonly protocol: string;
  readonly mode: 'think' | 'direct';
  /** Null: samples of one's own. */
  readonly benchmark: string | null;
  /** Equal for results on the same questions. */
  readonly questions: string;
  /** Published rows of the benchmark, where they are known. */
  readonly expected: number | null;
  /** 'all' first. */
  readonly scores: readonly ScoreLine[];
  /** Errors by reason: their sum is the rows with an error. */
  readonly errors: readonly { readonly reason: string; readonly n: number }[];
  readonly reflection: AhaSummary;
  readonly samples: readonly SampleCard[];
  /** Of the manifest: what a stranger needs. */
  readonly facts: Readonly<Record<string, string>>;
}

/** Two results on the same questions. */
export interface PairData {
  readonly kind: 'thinking minus direct' | 'minus the first';
  readonly label: string;
  /** Null: no question that both were asked. */
  readonly paired: {
    readonly difference: Interval;
    readonly p: number;
    readonly better: number;
    readonly worse: number;
    readonly leftOut: number;
  } | null;
}

/** Reflection in the rollouts of a GRPO run: the policy after so many steps. */
export interface RunReflection {
  readonly run: string;
  readonly steps: readonly { readonly step: number; readonly summary: AhaSummary }[];
  /** All of its rollouts together. */
  readonly all: AhaSummary;
}

export interface EvalReport {
  readonly command: string;
  /** Names of the outcomes. */
  readonly outcomes: readonly string[];
  readonly results: readonly ResultData[];
  readonly pairs: readonly PairData[];
  /** Thinking results that nothing stands beside. */
  readonly unpaired: readonly string[];
  readonly runs: readonly RunReflection[];
  /** Samples shown of each result, at most. */
  readonly samplesShown: number;
}
