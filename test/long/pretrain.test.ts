// `videorft pretrain` with a step of each stage, stopped in the middle and gone on with: the smaller base model opens, and is of its size.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { parseConfig } from '../../src/base/config.ts';
import { loadVideoLanguageModel } from '../../src/models/index.ts';
import { pretrainConfig } from '../../src/recipes/pretrain/config.ts';
import { pretrain } from '../../src/recipes/pretrain/index.ts';

const dir = mkdtempSync(join(tmpdir(), 'videorft-pretrain-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

test('nano: stopped after its first stage, finished by the same settings; no SigLIP where none is asked for', async () => {
  const one = { lookupSteps: 1, visionSteps: 2, rollCallSteps: 1, interviewSteps: 1, refreshSteps: 1 };
  const config = parseConfig(pretrainConfig, {
    ...{ ...one, languageSteps: 1, retellSteps: 1, siglipSteps: 0, size: 'nano', threads: 1, out: dir },
    ...{ lookupRows: 4, visionClips: 2, rollCallClips: 4, interviewClips: 4, languageClips: 4 },
  });
  const work = join(dir, 'work');
  await expect(pretrain(config, work, AbortSignal.abort())).rejects.toMatchObject({ code: 'aborted' });
  expect([existsSync(join(work, 'lookup/step.json')), existsSync(join(dir, 'nano-base'))]).toEqual([true, false]);
  const { seconds } = await pretrain(config, work);
  expect(seconds.lookup).toBe(0); // done before
  expect(Object.keys(seconds)).not.toContain('siglip');
  expect(existsSync(join(dir, 'micro-siglip'))).toBe(false);
  const { weights } = await loadVideoLanguageModel(join(dir, 'nano-base'));
  const parameters = Object.values(weights).reduce((n, { shape }) => n + shape.reduce((a, b) => a * b, 1), 0);
  expect(parameters).toBeGreaterThan(1.05e6);
  expect(parameters).toBeLessThan(1.2e6);
});
