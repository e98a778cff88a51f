// A sample as a row of messages with its medium beside them, as ms-swift (messages + videos/images) and LLaMA-Factory (sharegpt) read it: the
// prompt is the one that training here uses, the medium's place is a tag in the text. Pure. Leaves out: files (forms.ts).
import type { Sample } from '../../data/sample.ts';
import { promptText, targetText } from '../../prompt/train.ts';

export interface MessagesRow {
  readonly messages: readonly { readonly role: 'user' | 'assistant'; readonly content: string }[];
  readonly videos?: readonly [string];
  readonly images?: readonly [string];
}

/** Both projects count these tags against the media: one that a text happens to contain must not be one. */
const withoutTags = (text: string): string => text.replace(/<(video|image|audio)>/g, '[$1]');

/** Below the media root, as both projects join it. */
const relativePath = (path: string): string => path.replace(/^(\.\/)+/, '');

function userContent(sample: Sample): string {
  const question = { ...sample, problem: withoutTags(sample.problem), options: sample.options?.map(withoutTags) };
  return `<${sample.data_type}>${promptText(question, { mode: 'think', profile: 'paper' })}`;
}

const mediaOf = ({ data_type, path }: Sample): Pick<MessagesRow, 'videos' | 'images'> =>
  data_type === 'video' ? { videos: [relativePath(path)] } : { images: [relativePath(path)] };

/** Question and chain of thought with its answer: what SFT learns. Throws `sample-no-process`. */
export function chainRow(sample: Sample): MessagesRow {
  return {
    messages: [
      { role: 'user', content: userContent(sample) },
      { role: 'assistant', content: withoutTags(targetText(sample)) },
    ],
    ...mediaOf(sample),
  };
}

/** The question alone; what a reward needs stands beside it: ms-swift hands every column to the reward function. */
export function questionRow(sample: Sample): object {
  const { problem_id, problem_type, solution, data_type, path } = sample;
  return {
    messages: [{ role: 'user', content: userContent(sample) }],
    ...mediaOf(sample),
    // One type per column: its reader stops at a second one.
    problem_id: String(problem_id),
    problem_type,
    data_type,
    solution,
    path: relativePath(path),
  };
}
