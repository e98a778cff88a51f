// The summary, the terminal table and the page: their numbers are the input's, their text is escaped, nothing is external.
import { beforeAll, describe, expect, it } from 'vitest';
import { pairedBootstrap } from './bootstrap.ts';
import type { SpeedrunReportData } from './speedrun-data.ts';
import { inventedReportData } from './speedrun-report.fixture.ts';
import { renderSpeedrunReport } from './speedrun-report.ts';
import { breakdown, pairedGain, summarizeEvaluation } from './summarize.ts';
import { percent, summarySchema, terminalTable } from './summary.ts';

const data = inventedReportData();
const sectionOf = (page: string, id: string) => page.slice(page.indexOf(`<section id="${id}"`)).split('</section>')[0];
/** Text of an element, tags dropped. */
const plain = (markup: string) => markup.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');

describe('summary', () => {
  it('accepts what the report was given, and refuses counts that do not add up', () => {
    expect(summarySchema.parse(data.summary)).toEqual(data.summary);
    const lost = { ...data.summary, curation: { ...data.summary.curation, kept: 802 } };
    expect(summarySchema.safeParse(lost).error?.issues[0].message).toMatch(/kept \+ rejected \+ quarantined/);
    expect(summarySchema.safeParse({ ...data.summary, accuracy: { ...data.summary.accuracy, sft: 56 } }).success).toBe(
      false,
    );
  });

  it('is computed from the rows as a reader would by hand', () => {
    const own = data.evaluation.filter((row) => row.model === 'sft' && row.mode === 'think');
    const summary = summarizeEvaluation(data.evaluation);
    expect(summary.n).toBe(400);
    expect(summary.accuracy.sft).toBeCloseTo(own.reduce((sum, row) => sum + row.strict, 0) / 400, 12);
    expect(summary.lenient.sft).toBeCloseTo(own.reduce((sum, row) => sum + row.lenient, 0) / 400, 12);
    expect(summary.format.sft).toBeCloseTo(own.filter((row) => row.formatOk).length / 400, 12);
    expect(summary.ci95.sft[0]).toBeLessThan(summary.accuracy.sft);
  });

  it('counts failed rows apart and pairs only what both models answered', () => {
    const rows = data.evaluation.map((row) =>
      row.id === 'invented-0' && row.model === 'rft' && row.mode === 'think'
        ? { ...row, strict: 0, error: 'media-decode' }
        : row,
    );
    expect(summarizeEvaluation(rows).errors).toEqual({ base: 0, sft: 0, rft: 1 });
    const keyed = (model: string) =>
      rows
        .filter((row) => row.model === model && row.mode === 'think' && row.id !== 'invented-0')
        .map((row) => ({ key: String(row.id), cluster: row.path, value: row.strict }));
    expect(pairedGain(rows, 'rft', 'sft')).toEqual(pairedBootstrap(keyed('rft'), keyed('sft')));
  });

  it('breaks down without losing a question', () => {
    const groups = breakdown(data.evaluation, 'problem_type');
    expect(groups.reduce((sum, group) => sum + group.n, 0)).toBe(400);
    const weighted = groups.reduce((sum, group) => sum + group.n * group.intervals.rft!.estimate, 0) / 400;
    expect(weighted).toBeCloseTo(data.summary.accuracy.rft, 12);
  });

  it('prints as an aligned table within 90 columns', () => {
    const lines = terminalTable(data.summary).split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(90);
    const { accuracy, ci95 } = data.summary;
    const sft = lines.find((line) => line.startsWith('SFT'))!;
    expect(sft).toContain(`${percent(accuracy.sft)} [${percent(ci95.sft[0])}, ${percent(ci95.sft[1])}]`);
    const column = lines[0].indexOf('thinking, lenient');
    for (const model of ['base', 'SFT', 'RFT']) {
      expect(lines.find((line) => line.startsWith(model))![column]).toMatch(/\d/);
    }
    expect(lines.some((line) => line.startsWith('trained blind'))).toBe(true);
  });
});

describe('page', () => {
  let page: string;
  beforeAll(async () => {
    page = await renderSpeedrunReport(data);
  });

  it('states the input’s numbers', () => {
    const result = plain(sectionOf(page, 'result'));
    const { summary } = data;
    for (const model of ['base', 'sft', 'rft'] as const) {
      const [low, high] = summary.ci95.direct[model];
      expect(result).toContain(`${percent(summary.direct[model])} [${percent(low)}, ${percent(high)}]`);
    }
    expect(result).toContain('400 held-out questions');
    expect(plain(sectionOf(page, 'baselines'))).toContain('33.8 [29.0, 38.5]');
    expect(plain(sectionOf(page, 'curation'))).toContain('1200 in = 803 kept + 371 rejected + 26 quarantined');
    expect(plain(sectionOf(page, 'time'))).toContain('grpo 4 min 52 s');
    expect(plain(sectionOf(page, 'versions'))).toContain('onnxruntime-node 1.30.0');
    for (const group of breakdown(data.evaluation, 'skill')) {
      const { estimate, low, high } = group.intervals.sft!;
      const text = `${percent(estimate)} [${percent(low)}, ${percent(high)}]`;
      expect(plain(sectionOf(page, 'breakdown'))).toContain(text);
    }
  });

  it('draws one dot per step and measure', () => {
    const dots = (section: string) =>
      [...sectionOf(page, section).matchAll(/<g class="mark-symbol role-mark[^>]*>(.*?)<\/g>/g)].map(
        (group) => group[1].match(/<path/g)!.length,
      );
    expect(dots('reinforcement')).toEqual(new Array(11).fill(80));
    expect(dots('supervised')).toEqual([60, 60]);
  });

  it('says what watchdogs found, with the step, and that they found nothing', async () => {
    expect(sectionOf(page, 'reinforcement')).toContain('No watchdog had anything to say.');
    const grpo = data.grpo.map((row, i) => (i === 1 ? { ...row, watchdogs: 'kl: 3 < 4; look\nentropy: fell' } : row));
    const section = sectionOf(await renderSpeedrunReport({ ...data, grpo }), 'reinforcement');
    expect(section).toContain(`<li>step ${data.grpo[1].step}: kl: 3 &lt; 4; look</li>`);
    expect(section).toContain(`<li>step ${data.grpo[1].step}: entropy: fell</li>`);
  });

  it('shows each rollout with its frames, its marked span and its rewards', () => {
    const section = sectionOf(page, 'rollouts');
    const completions = data.rollouts.flatMap((rollout) => rollout.completions);
    expect(section.match(/<div class="completion /g)).toHaveLength(completions.length);
    expect(section.match(/<img /g)).toHaveLength(16);
    expect(section.match(/src="data:image\/png;base64,/g)).toHaveLength(16);
    for (const { output, span } of completions) {
      expect(section).toContain(`<mark>${output.slice(span!.start, span!.end)}</mark>`);
    }
    expect(section.match(/gated, not counted/g)).toHaveLength(
      completions.filter((c) => c.rewards.accuracy === 0).length,
    );
  });

  it('shows what refinement changed', () => {
    expect(sectionOf(page, 'curation')).toContain('<del>right. A cyan cross stays still. </del><ins>left. </ins>');
  });

  it('needs nothing from outside and runs nothing', () => {
    expect(page).not.toMatch(/<script|<link|@import|url\(|\son\w+=/);
    expect(page.match(/(?:src|href)="(?!data:|#)[^"]*"/g)).toBeNull();
    expect(page.replaceAll('http://www.w3.org/', '')).not.toMatch(/https?:/);
  });

  it('escapes whatever a dataset or a model wrote', async () => {
    const evil = '"><script>alert(1)</script>';
    const hostile: SpeedrunReportData = {
      ...data,
      title: evil,
      command: evil,
      notes: [evil],
      evaluation: data.evaluation.map((row, i) => (i === 0 ? { ...row, kind: evil, output: evil, error: evil } : row)),
      curation: {
        ...data.curation,
        rejectedReasons: { [evil]: 371 },
        examples: [{ ...data.curation.examples[0], problem: evil, draft: evil, revision: `${evil} more` }],
      },
      rollouts: [
        {
          ...data.rollouts[0],
          ...{ problem: evil, options: [evil], reference: evil, path: evil },
          completions: [{ ...data.rollouts[0].completions[0], output: evil, span: { start: 0, end: 9 } }],
        },
      ],
    };
    const hostilePage = await renderSpeedrunReport(hostile);
    expect(hostilePage).not.toContain('<script');
    expect(hostilePage.split('&lt;script&gt;').length).toBeGreaterThan(10);
  });

  it('refuses a frame that is not an embedded picture, naming the place', async () => {
    const rollout = data.rollouts[0];
    const frames = [{ ...rollout.frames[0], src: 'https://example.org/frame.png' }];
    await expect(renderSpeedrunReport({ ...data, rollouts: [{ ...rollout, frames }] })).rejects.toMatchObject({
      code: 'report-data',
      facts: { at: 'rollouts.0.frames.0.src' },
    });
  });

  it('stands without steps, rollouts or examples', async () => {
    const bare = { ...data, sft: [], grpo: [], rollouts: [], notes: [], curation: { ...data.curation, examples: [] } };
    const barePage = await renderSpeedrunReport(bare);
    expect(barePage).toContain('No GRPO steps were recorded.');
    expect(barePage).toContain('No rollouts were kept.');
  });

  it('is the same page for the same data', async () => {
    expect(await renderSpeedrunReport(inventedReportData())).toBe(page);
  });
});
