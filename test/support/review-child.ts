// Decides about rows without end, several at once, and says on stdout which decisions it was told are stored. To be killed.
import { ReviewStore } from '../../src/curate/review/index.ts';

const [, , folder, from] = process.argv;
const store = await ReviewStore.open(folder);
let n = Number(from);

async function decide(): Promise<void> {
  for (;;) {
    const row = { problem_id: n++, problem: 'Why?', path: 'a.mp4' };
    await store.decide(row, {
      verdict: row.problem_id % 3 ? 'accept' : 'reject',
      note: 'x'.repeat(1 + (row.problem_id % 400)),
    });
    process.stdout.write(`${row.problem_id}\n`);
  }
}
await Promise.all([decide(), decide(), decide(), decide()]);
