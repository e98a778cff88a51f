// What a benchmark is: where it comes from, which files hold its rows, and how one row becomes a question. One file per benchmark fulfils it.
// Leaves out: finding and reading the files (read.ts), scoring.
import type { TableRow } from '../../data/index.ts';
import type { Question } from '../question.ts';

/** A row that is read, counted and not asked, with the reason. */
export interface LeftOut {
  readonly leftOut: string;
}

/** A question whose media may lie in one of several places; the first that is there is taken. */
export interface Found {
  readonly question: Question;
  /** Below the benchmark's folder, likeliest first; without an ending other than the usual one. */
  readonly places: readonly string[];
}

export interface RowContext {
  /** Path of the file below the benchmark's folder. */
  readonly file: string;
  /** 1-based. */
  readonly line: number;
}

export interface Source {
  /** Files of rows, all of them needed; each as its possible places below the folder, likeliest first. */
  readonly files: readonly (readonly string[])[];
  /** Rows of all files together; null: not known to us. */
  readonly rows: number | null;
  /** Throws a VideorftError or a TypeError for a row that has not the benchmark's shape. */
  readonly read: (row: TableRow, context: RowContext) => Found | LeftOut;
}

export interface Benchmark {
  readonly name: string;
  readonly title: string;
  /** Repository of the official release on the Hugging Face Hub. */
  readonly hub: string;
  readonly size: string;
  readonly licence: string;
  /** Null: not known to us. */
  readonly videos: number | null;
  /** What to put where, and what to know about it. */
  readonly get: string;
  /** Zips of the release that hold other videos under the same names; they are not looked into. */
  readonly otherZips?: readonly string[];
  /** What is scored and how, in a sentence. */
  readonly scores: string;
  readonly official: Source;
  /** The preprocessed eval_*.json of Video-R1, which VideoRFT's script reads. */
  readonly preprocessed: Source;
}

/** Same name and place with and without .gz. */
const packed = (name: string) => [name, `${name}.gz`];

/** Places of a preprocessed file: the folder itself, or its Evaluation/. */
export const preprocessedPlaces = (name: string): string[] =>
  packed(`eval_${name}.json`).flatMap((file) => [file, `Evaluation/${file}`]);
