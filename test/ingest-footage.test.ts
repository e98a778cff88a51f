// Real footage through videorft ingest: the clips and evaluation rows of ../shared/data, where that is there.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { candidatesOf } from '../src/ingest/rows/candidates.ts';
import { linesOf, question, runIngest } from './support/ingest-run.ts';
import { scratchFolder } from './support/media.ts';

const shared = join(import.meta.dirname, '../../shared/data');
const there = existsSync(shared);
const at = await scratchFolder();

describe.skipIf(!there)(there ? 'real footage' : `real footage: ${shared} is not there`, () => {
  test('H.264 in MP4 and AVI, Cinepak whose header lies: all are kept, with the true facts', async () => {
    const clips = [
      'a-640x360-25fps-9.7s.mp4',
      'b-320x240-29.9fps-9.0s.avi',
      'c-640x360-23.98fps-6.1s.mp4',
      'd-tree.avi',
    ];
    writeFileSync(at('q.json'), JSON.stringify(clips.map((path) => question(path, path))));
    for (const depth of ['ends', 'whole'] as const) {
      const out = at(depth);
      const mediaRoot = join(shared, 'clips');
      const { train, report } = await runIngest({ data: [at('q.json')], mediaRoot, out, probe: { depth } });
      expect(train.map(({ path }) => path)).toEqual(clips);
      expect(report.durations).toEqual({ '0 to 10 s': 3, '10 to 30 s': 1 });
      const facts = linesOf<{ path: string; facts: { frames: number; codec: string } }>(join(out, 'media.jsonl'));
      const frames = Object.fromEntries(facts.map((line) => [line.path[0], [line.facts.frames, line.facts.codec]]));
      expect(frames).toEqual({ a: [243, 'h264'], b: [270, 'h264'], c: [146, 'h264'], d: [68, 'cinepak'] });
    }
  });

  test.each([
    ['mmvu', 625, 0, 'science'],
    ['videomme', 2700, 6, 'general'],
    ['vsibench', 5130, 0, 'spatiotemporal'],
  ])('%s: %i rows, of which %i have a truth that stands under two letters', async (name, rows, bad, skill) => {
    const file = join(shared, `eval/eval_${name}.json.gz`);
    const source = { name, weight: undefined, files: [file], below: '', columns: {}, set: {}, unnameable: [] };
    const config = { maxProblem: 16_384, answersCountFrom: undefined, skills: {}, mediaRoot: at('') };
    const found = await Array.fromAsync(candidatesOf(source, config));
    expect(found).toHaveLength(rows);
    const refused = found.filter(({ sample }) => !sample);
    expect(refused.map(({ issues }) => issues[0].code)).toEqual(Array(bad).fill('row-options'));
    expect(new Set(found.flatMap(({ sample }) => sample?.skill ?? []))).toEqual(new Set([skill]));
  });
});
