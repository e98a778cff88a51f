// VideoMMMU: lectures in six disciplines, asked on three tracks. Questions of the adaptation track speak of a picture, which the release puts at
// the end of the video; sampling takes the last frame, and our wordings say that it is the picture. A few answers are numbers.
import type { TableRow } from '../../data/index.ts';
import { withLetters } from '../../data/options.ts';
import type { Question } from '../question.ts';
import type { Benchmark, Found, RowContext } from './benchmark.ts';
import { solutionOf, textOf, textsOf } from './fields.ts';
import { preprocessedSource } from './preprocessed.ts';

const NAME = 'videommmu';
const tracks = ['Perception', 'Comprehension', 'Adaptation'] as const;

const disciplines: Readonly<Record<string, readonly string[]>> = {
  Art: ['Art', 'Art_Theory', 'Design', 'Music'],
  Business: ['Accounting', 'Economics', 'Finance', 'Manage', 'Marketing'],
  Science: ['Biology', 'Chemistry', 'Geography', 'Math', 'Physics'],
  Medicine: [
    'Basic_Medical_Science',
    'Clinical_Medicine',
    'Diagnostics_and_Laboratory_Medicine',
    'Pharmacy',
    'Public_Health',
  ],
  Humanities: ['History', 'Literature', 'Sociology', 'Psychology'],
  Engineering: [
    'Agriculture',
    'Architecture_and_Engineering',
    'Computer_Science',
    'Electronics',
    'Energy_and_Power',
    'Materials',
    'Mechanical_Engineering',
  ],
};

/** "validation_Diagnostics_and_Laboratory_Medicine_12" → its subject. */
const subjectOf = (id: string): string => id.split('_').slice(1, -1).join('_');
const disciplineOf = (subject: string): string | undefined =>
  Object.keys(disciplines).find((name) => disciplines[name].includes(subject));

/** The picture that a question speaks of: "<image 1>". */
const speaksOfPicture = (problem: string): boolean => /<image \d+>/.test(problem);

const trackOf = (text: string) => tracks.find((track) => text.includes(track));

function read(row: TableRow, { file, line }: RowContext): Found {
  const id = textOf(row, 'id');
  const [track, subject] = [trackOf(file), subjectOf(id)];
  const discipline = disciplineOf(subject);
  const hasOptions = Array.isArray(row.options) && row.options.length > 0;
  const question: Question = {
    problem_id: `${track}/${id}/${line}`,
    problem: textOf(row, 'question'),
    data_type: 'video',
    problem_type: hasOptions ? 'multiple choice' : 'numerical',
    options: hasOptions ? withLetters(textsOf(row, 'options')) : null,
    solution: solutionOf(textOf(row, 'answer')),
    path: `${discipline ?? 'videos'}/${id}.mp4`,
    benchmark: NAME,
    groups: { track: track ?? 'unknown', discipline: discipline ?? 'unknown', subject },
    pictureAtEnd: track === 'Adaptation',
  };
  return { question, places: [question.path, `videos/${question.path}`, `videos/${track}/${id}.mp4`, `${id}.mp4`] };
}

export const videommmu: Benchmark = {
  name: NAME,
  title: 'VideoMMMU',
  hub: 'lmms-lab/VideoMMMU',
  size: '13.4 GB',
  licence: 'not stated on the Hub; see the data set card',
  videos: 300,
  get: 'Download Perception/, Comprehension/ and Adaptation/, and Art.zip, Business.zip, Engineering.zip, Humanities.zip, Medicine.zip, Science.zip, which are read as they are.',
  otherZips: ['question_only_videos.zip'],
  scores: 'Accuracy over 900 questions, 300 of each track; 18 answers are numbers.',
  official: {
    files: tracks.map((track) => [`${track}/test-00000-of-00001.parquet`, `${track}/test/0000.parquet`]),
    rows: 900,
    read,
  },
  preprocessed: preprocessedSource(
    NAME,
    900,
    (_, { path }) => ({
      track: trackOf(path),
      discipline: disciplineOf(subjectOf((path.split('/').at(-1) ?? '').replace(/\.\w+$/, ''))),
    }),
    (_, { problem }) => ({ pictureAtEnd: speaksOfPicture(problem) }),
  ),
};
