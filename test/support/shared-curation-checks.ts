// What must hold after two workers shared a curation and were killed, whatever the moments were.
import { expect } from 'vitest';
import type { SharedOptions, SharedReport } from './shared-curation.ts';

/** Three experts with four requests each, in one process. */
const MOST_IN_FLIGHT = 12;

export function expectShared(report: SharedReport, { samples, kills, comesBack }: SharedOptions): void {
  expect(report.inFlight).toHaveLength(kills);
  expect(report.datasets).toHaveLength(comesBack ? 2 : 1);
  for (const dataset of report.datasets) expect(dataset).toEqual(report.alone);
  const counts = JSON.parse(report.alone['counts.json']);
  expect(counts).toMatchObject({ in: samples + 1, kept: samples * 0.9, rejected: samples * 0.1, quarantined: 1 });
  expect(report.answers).toBe(samples * 2.5);
  expect(report.answeredTwice).toBe(0);
  // What the killed had in flight may be paid for twice, request by request, and nothing else.
  expect(Math.max(...report.inFlight)).toBeLessThanOrEqual(MOST_IN_FLIGHT);
  for (const [about, times] of Object.entries(report.repeated)) {
    expect({ about, times, allowed: times <= (report.unknown[about] ?? 0) }).toEqual({ about, times, allowed: true });
  }
}
