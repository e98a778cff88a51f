// `videorft review DIR`: a page to look at samples and decide about them, until Ctrl-C; with --apply what was decided is written out instead.
import { once } from 'node:events';
import { z } from 'zod';
import { UsageError } from '../base/config-flags.ts';
import { applyReview, findReviewSet, formatReviewCounts, type ReviewSet } from '../curate/index.ts';
import { startReview, studioSchema } from '../studio/index.ts';
import { defineCommand } from './command.ts';

const schema = z.strictObject({
  mediaRoot: z
    .string()
    .optional()
    .describe(
      "Folder that the paths of the samples start from; absent: the curation's own, or the folder of the file of samples.",
    ),
  apply: z.boolean().default(false).describe('Write the data anew with all decisions, and end.'),
  by: z.string().optional().describe('Who decides, for the log.'),
  ...studioSchema.shape,
});

async function apply(set: ReviewSet, signal: AbortSignal, print: (line: string) => void): Promise<void> {
  const { counts, files } = await applyReview(set, { signal, progress: true });
  print([formatReviewCounts(counts), ...files].join('\n'));
}

export const command = defineCommand({
  about: `Opens a page, on this machine only, with the samples of a curation (or of any file of JSON lines): the video playing, the description on
a timeline, draft against revision, answer and verdict, and why a sample was rejected or quarantined; filters, search, accept, reject,
discard, edit, undo. Decisions are lines of decisions.jsonl in DIR/review (FILE.review for a file); the data stay as they are. The
button "Apply", or --apply, writes cot.jsonl, rejected.jsonl, rl.jsonl and counts.json there with all decisions, and for a curation the forms
and the card that it was asked for (videorft push DIR/review publishes them); videorft curate does so too when it has written its own
files anew.`,
  positionals: 'DIR|FILE',
  examples: [
    { args: 'review curated', does: 'opens the results of videorft curate --out curated' },
    { args: 'review set/train.jsonl --media-root videos', does: 'a file of samples and the folder of its videos' },
    { args: 'review curated --apply', does: 'writes curated/review/cot.jsonl and its neighbours' },
    { args: 'review curated --host 0.0.0.0 --port 8100', does: 'for other machines: the address holds a token' },
  ],
  schema,
  run: async ({ config, positionals, signal, print }) => {
    const { apply: applies, mediaRoot, ...options } = config;
    if (positionals.length !== 1) {
      const fix = 'name the output folder of a curation, or a file of JSON lines';
      throw new UsageError('what is to be reviewed is missing', { code: 'config-flag', fix });
    }
    const set = await findReviewSet(positionals[0], mediaRoot);
    if (applies) {
      await apply(set, signal, print);
      return 0;
    }
    const studio = await startReview(set, { ...options, signal, progress: true });
    print(`${set.name}: ${studio.address}`);
    if (!signal.aborted) await once(signal, 'abort');
    await studio.stop();
    return 0;
  },
});
