// Adds up vitest's JSON reports: names what was skipped (the reason is part of a test's name), prints one closing line, and fails if a report
// is missing, empty or has failures.
// Run: node scripts/count-tests.ts REPORT.json…
import { existsSync, readFileSync } from 'node:fs';

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  /** One per file; a file that could not be loaded has failed without any assertion. */
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

const total = { passed: 0, failed: 0, skipped: 0 };
for (const file of process.argv.slice(2)) {
  if (!existsSync(file)) {
    console.log(`${file} is missing: that suite did not run to its end`);
    total.failed++;
    continue;
  }
  const report = JSON.parse(readFileSync(file, 'utf8')) as Report;
  const unloaded = report.testResults.filter((r) => r.status === 'failed' && r.assertionResults.length === 0).length;
  total.passed += report.numPassedTests;
  total.failed += report.numFailedTests + unloaded;
  const tests = report.testResults.flatMap((r) => r.assertionResults);
  for (const { status, fullName } of tests)
    if (status !== 'passed' && status !== 'failed') console.log(`skipped: ${fullName}`);
  total.skipped += report.numPendingTests + report.numTodoTests;
}
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
