// What other workers have added: totals less ours, never counted twice, whatever is on its way when the totals are read.
import { expect, test } from 'vitest';
import { createOthers } from './others.ts';
import type { StageTotals } from './state/port.ts';
import { byStage } from './state/sums.ts';

const none: StageTotals = {
  answers: 0,
  attempts: 0,
  replies: 0,
  seconds: 0,
  usage: { promptTokens: 0, completionTokens: 0 },
  outcomes: {},
};
const totals = (reason: Partial<StageTotals>) =>
  byStage((stage) => (stage === 'reason' ? { ...none, ...reason } : none));
const usage = (promptTokens: number) => ({ promptTokens, completionTokens: 0 });
const reasonOf = (added: ReturnType<ReturnType<typeof createOthers>['since']>) =>
  added.find(({ stage }) => stage === 'reason');

test('earlier runs are not new, our own answers are not theirs, and theirs count once', () => {
  const others = createOthers(totals({ answers: 5, usage: usage(50) }));
  expect(reasonOf(others.since(totals({ answers: 5, usage: usage(50) })))).toMatchObject({
    answers: 0,
    usage: usage(0),
  });
  others.paid('reason', usage(10), 1);
  // Ours is on its way to the state: the totals do not have it yet, and two of others.
  expect(reasonOf(others.since(totals({ answers: 7, usage: usage(70) })))).toMatchObject({
    answers: 1,
    usage: usage(10),
  });
  expect(reasonOf(others.since(totals({ answers: 8, usage: usage(80) })))).toMatchObject({
    answers: 1,
    usage: usage(10),
  });
  expect(reasonOf(others.since(totals({ answers: 8, usage: usage(80) })))).toMatchObject({
    answers: 0,
    usage: usage(0),
  });
});

test('what is only on its way here takes nothing off what others have done', () => {
  const others = createOthers(totals({}));
  others.paid('reason', usage(10), 1);
  const nothing = { answers: 0, usage: usage(0) };
  expect(reasonOf(others.since(totals({})))).toMatchObject(nothing);
  expect(reasonOf(others.since(totals({ answers: 1, usage: usage(10) })))).toMatchObject(nothing);
});

test('failures by kind; what is under way, lost or stopped is none', () => {
  const others = createOthers(totals({ outcomes: { timeout: 2 } }));
  others.failed('reason', 'timeout');
  const now = totals({ outcomes: { timeout: 5, malformed: 1, lost: 4, aborted: 1, answered: 9 } });
  expect(reasonOf(others.since(now))?.outcomes).toEqual([
    ['timeout', 2],
    ['malformed', 1],
  ]);
  expect(reasonOf(others.since(now))?.outcomes).toEqual([]);
});
