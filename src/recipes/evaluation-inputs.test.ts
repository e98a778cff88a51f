// A benchmark whose rows are all there: videos in a zip are found; an archive that cannot be read is refused by name, before anything is asked.
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { failureOf } from '../../test/support/failure.ts';
import { writeZip } from '../../test/support/zip.ts';
import { evaluationConfig } from './evaluation-config.ts';
import { evaluationInputs } from './evaluation-inputs.ts';

const dir = mkdtempSync(join(tmpdir(), 'videorft-inputs-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
beforeAll(() => {
  const row = { question: 'Which?', choices: { A: 'a', B: 'b' }, answer: 'A' };
  const rows = Array.from({ length: 1000 }, (_, i) => ({
    ...row,
    id: `validation_${i}`,
    question_type: i < 625 ? 'multiple-choice' : 'open-ended',
    video: `videos/Art/${i % 2}.mp4`,
  }));
  writeFileSync(join(dir, 'validation.json'), JSON.stringify(rows));
  mkdirSync(join(dir, 'videos/Art'), { recursive: true });
  const clip = join(import.meta.dirname, '../../test/fixtures/benchmarks/tempcompass/videos/1001.mp4');
  cpSync(clip, join(dir, 'videos/Art/0.mp4'));
});

const inputs = (partial: boolean) => evaluationInputs(evaluationConfig.parse({ benchmark: 'mmvu', partial }), dir);

test('videos missing: errors of their rows; beside an archive that cannot be read: refused; with --partial as before', async () => {
  expect((await inputs(false)).questions).toHaveLength(625);
  writeFileSync(join(dir, 'videos.zip'), 'PK');
  const { code, facts, fix } = await failureOf(inputs(false));
  expect([code, facts]).toEqual(['benchmark-archives', expect.objectContaining({ archives: 'videos.zip' })]);
  expect([fix, facts.reason]).toEqual([expect.stringContaining('unpack them'), expect.stringContaining('zip')]);
  expect((await inputs(true)).questions).toHaveLength(625);
  writeZip(join(dir, 'videos.zip'), [{ name: 'videos/Art/1.mp4', data: Buffer.from('x') }]);
  const { archives, packed } = await inputs(false);
  expect([...packed.keys()]).toEqual(['videos/Art/1.mp4']);
  archives?.close();
});
