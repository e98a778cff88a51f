// The closing lines of a machine's run: what was skipped by name, the sum over the suites, and an exit status that a report that is missing fails.
import { execFile } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const script = join(import.meta.dirname, '../scripts/count-tests.ts');
const dir = mkdtempSync(join(tmpdir(), 'reports-'));

const count = (...files: readonly string[]) =>
  new Promise<{ status: number; out: string }>((done) =>
    execFile(process.execPath, [script, ...files], (error, out) =>
      done({ status: error ? Number(error.code) : 0, out }),
    ),
  );

function report(name: string, statuses: readonly string[]): string {
  const file = join(dir, name);
  const number = (wanted: string) => statuses.filter((s) => s === wanted).length;
  const assertionResults = statuses.map((status, i) => ({ status, fullName: `test ${i} (no GPU here)` }));
  const totals = {
    numPassedTests: number('passed'),
    numFailedTests: number('failed'),
    numPendingTests: number('skipped'),
  };
  writeFileSync(
    file,
    JSON.stringify({ ...totals, numTodoTests: 0, testResults: [{ status: 'passed', assertionResults }] }),
  );
  return file;
}

test('what was skipped is named, and the sum closes', async () => {
  const files = [report('a.json', ['passed', 'skipped', 'passed']), report('b.json', ['passed'])];
  expect(await count(...files)).toEqual({
    status: 0,
    out: 'skipped: test 1 (no GPU here)\n3 passed, 0 failed, 1 skipped\n',
  });
});

test('a failure, and a suite that did not run to its end, fail', async () => {
  expect((await count(report('c.json', ['passed', 'failed']))).status).toBe(1);
  const gone = await count(report('d.json', ['passed']), join(dir, 'none.json'));
  expect(gone).toMatchObject({ status: 1, out: expect.stringContaining('did not run to its end') });
});
