// `videorft push`: a curation's data set onto the Hub. Starting it again sends what is missing.
import { VideorftError } from '../base/errors.ts';
import { type Pushed, pushDataset, pushSchema } from '../curate/index.ts';
import { defineCommand } from './command.ts';

const size = (bytes: number): string =>
  bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;

export function pushedLines({ files, bytes, url, commit }: Pushed): string[] {
  const width = Math.max(...files.map(({ path }) => path.length));
  const listed = files.map((file) => `  ${file.path.padEnd(width)}  ${size(file.bytes)}`);
  const what = `${files.length} files, ${size(bytes)}`;
  return commit === undefined
    ? [`dry run, nothing was sent: ${what} would go to ${url}`, ...listed]
    : [`${what} are in ${url} (commit ${commit})`];
}

export const command = defineCommand({
  about: `Publishes what videorft curate wrote into a folder: README.md (the card) with its figures, cot.jsonl and rl.jsonl with their other
forms, counts.json and provenance.jsonl. Configuration, state, bill and rejected samples stay here, and the media are not part of it. All of it
becomes one commit. The token comes from HF_TOKEN. A data set that is made is private, unless --no-private is given. Look at the list
first: --dry-run.`,
  positionals: 'FOLDER',
  examples: [
    { args: 'push curated --to my-org/my-chains --dry-run', does: 'lists what would go' },
    {
      args: 'push curated --to my-org/my-chains --exclude provenance.jsonl',
      does: 'publishes it without the paper trail',
    },
    { args: 'push curated/review --to my-org/my-chains', does: 'publishes it with the decisions of a review applied' },
  ],
  schema: pushSchema,
  resumable: true,
  run: async ({ config, positionals, signal, print }) => {
    if (positionals.length !== 1) {
      throw new VideorftError('push takes one folder', {
        code: 'push-folder',
        fix: 'videorft push curated --to OWNER/NAME',
      });
    }
    const pushed = await pushDataset(positionals[0], config, { signal, progress: true });
    for (const line of pushedLines(pushed)) print(line);
    return 0;
  },
});
