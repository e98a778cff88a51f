// What must hold after a curation was killed many times, whatever the moments were.
import { expect } from 'vitest';
import type { KillReport } from './curate-kills.ts';

/** Three experts with four requests each. */
const MOST_IN_FLIGHT = 12;

const sum = (numbers: readonly number[]) => numbers.reduce((total, n) => total + n, 0);

export function expectUnharmed(report: KillReport, samples: number, kills: number): void {
  expect(report.killed).toBe(kills);
  expect(report.interrupted).toEqual(report.uninterrupted);
  const counts = JSON.parse(report.interrupted['counts.json']);
  expect(counts).toMatchObject({ in: samples + 1, kept: samples * 0.9, rejected: samples * 0.1, quarantined: 1 });

  // What was in flight at a kill may be paid for twice, and nothing else but what came too late: request by request.
  expect(Math.max(...report.inFlight)).toBeLessThanOrEqual(MOST_IN_FLIGHT);
  for (const [about, times] of Object.entries(report.repeated)) {
    expect({ about, times, allowed: times <= (report.unknown[about] ?? 0) }).toEqual({ about, times, allowed: true });
  }

  const stages = Object.values(report.bill.stages);
  const ended = (outcome: string) => sum(stages.map(({ outcomes }) => outcomes[outcome as 'lost'] ?? 0));
  for (const { outcomes, attempts } of stages) expect(sum(Object.values(outcomes))).toBe(attempts);
  expect(stages.map(({ answers }) => answers)).toEqual([samples / 2, samples, samples, 0]);
  expect(ended('answered')).toBe(samples * 2.5);

  // On a machine in trouble an honest answer may come too late as well.
  const late = Math.max(0, ended('timeout') - report.given.timeout);
  const repeated = sum(Object.values(report.repeated));
  expect(repeated).toBeLessThanOrEqual(sum(report.inFlight) + late);

  // The client's account against the server's: they differ by what was lost at kills, or came too late, at most.
  const lost = ended('lost');
  expect(lost).toBe(sum(report.inFlight));
  const attempts = sum(stages.map((stage) => stage.attempts));
  expect(report.received).toBeLessThanOrEqual(attempts);
  expect(attempts - report.received).toBeLessThanOrEqual(lost);
  const { given } = report;
  const unlike = [
    given['rate-limit'] - ended('rate-limit'),
    given['server-error'] - ended('server-error'),
    given['broken-body'] + given.twice - ended('broken-body'),
    given.empty - ended('empty'),
    given['cut-content'] - ended('malformed'),
    sum(Object.values(report.given)) + ended('answered') + repeated - report.received,
  ];
  for (const difference of unlike) expect(Math.abs(difference)).toBeLessThanOrEqual(lost + late);
}
