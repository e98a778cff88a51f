// Twenty kills of one curation of 500 samples, against experts in trouble: the same bytes, and at most what was in flight is paid twice.
import { test } from 'vitest';
import { expectUnharmed } from '../support/curate-kill-checks.ts';
import { killCuration } from '../support/curate-kills.ts';

test('20 kills', async () => {
  expectUnharmed(await killCuration(500, 20, 1), 500, 20);
});
