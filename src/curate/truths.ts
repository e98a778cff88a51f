// Before anybody is asked: samples whose reference answer could never be equalled are set aside.
import { VideorftError } from '../base/errors.ts';
import type { LocatedSample } from '../data/read.ts';
import { solutionText } from '../prompt/parse.ts';
import type { CurateConfig } from './config.ts';
import { isRight } from './filter/answer.ts';
import { failureOf, type Quarantined, quarantineSample } from './outcome.ts';

export function checkTruths(rows: readonly LocatedSample[], { filter }: CurateConfig) {
  const readable: LocatedSample[] = [];
  const unreadable: Quarantined[] = [];
  for (const row of rows) {
    const { sample } = row;
    try {
      if (sample.problem_type !== 'free-form') isRight(sample, solutionText(sample.solution), filter);
      readable.push(row);
    } catch (error) {
      if (!(error instanceof VideorftError)) throw error;
      unreadable.push(quarantineSample(row, failureOf('read', error)));
    }
  }
  return { readable, unreadable };
}
