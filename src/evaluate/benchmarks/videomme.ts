// VideoMME: 900 videos, a third each short, medium and long, three questions each; subtitles where a protocol asks for them.
import type { TableRow } from '../../data/index.ts';
import { withLetters } from '../../data/options.ts';
import type { Question } from '../question.ts';
import type { Benchmark, Found } from './benchmark.ts';
import { solutionOf, textOf, textsOf } from './fields.ts';
import { preprocessedSource } from './preprocessed.ts';

const NAME = 'videomme';

const groupsOf = (row: TableRow) => ({
  duration: textOf(row, 'duration'),
  domain: textOf(row, 'domain'),
  task: textOf(row, 'task_type'),
});

const subtitles = (row: TableRow): Partial<Question> => ({ subtitleFile: `subtitle/${textOf(row, 'videoID')}.srt` });

/** The release's own id in place of the file's number, so that results from either can be compared row by row. */
const sameId = (row: TableRow): Partial<Question> => ({ problem_id: textOf(row, 'question_id'), ...subtitles(row) });

function read(row: TableRow): Found {
  const video = textOf(row, 'videoID');
  const question: Question = {
    problem_id: textOf(row, 'question_id'),
    problem: textOf(row, 'question'),
    data_type: 'video',
    problem_type: 'multiple choice',
    options: withLetters(textsOf(row, 'options')),
    solution: solutionOf(textOf(row, 'answer')),
    path: `data/${video}.mp4`,
    benchmark: NAME,
    groups: groupsOf(row),
    ...subtitles(row),
  };
  return { question, places: [question.path, `videos/${video}.mp4`, `${video}.mp4`] };
}

export const videomme: Benchmark = {
  name: NAME,
  title: 'Video-MME',
  hub: 'lmms-lab/Video-MME',
  size: '101 GB',
  licence: 'for research only; see the data set card',
  videos: 900,
  get: 'Download videomme/, videos_chunked_01.zip … _20.zip (they hold data/), and subtitle.zip for subtitles; the zips are read as they are.',
  scores: 'Accuracy over 2,700 multiple choices of four options; without subtitles unless the protocol says so.',
  official: { files: [['videomme/test-00000-of-00001.parquet']], rows: 2700, read },
  preprocessed: preprocessedSource(NAME, 2700, groupsOf, sameId),
};
