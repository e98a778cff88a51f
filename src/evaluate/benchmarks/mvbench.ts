// MVBench: twenty tasks of 200 questions each on clips of eleven collections, some cut by start and end, one kept as folders of pictures.
import type { TableRow } from '../../data/index.ts';
import { withLetters } from '../../data/options.ts';
import type { Question } from '../question.ts';
import type { Benchmark, Found, RowContext } from './benchmark.ts';
import { letterOf, solutionOf, textOf, textsOf, windowOf } from './fields.ts';
import { preprocessedSource } from './preprocessed.ts';

const NAME = 'mvbench';

/** Task (its file in json/) → folders of its videos in the release, the original first, then what the branch `video` converts it to. */
const tasks: Readonly<Record<string, readonly string[]>> = {
  action_sequence: ['star/Charades_v1_480'],
  action_prediction: ['star/Charades_v1_480'],
  object_interaction: ['star/Charades_v1_480'],
  action_localization: ['sta/sta_video'],
  action_antonym: ['ssv2_video', 'ssv2_video_mp4'],
  fine_grained_action: ['Moments_in_Time_Raw/videos'],
  unexpected_action: ['FunQA_test/test'],
  object_existence: ['clevrer/video_validation'],
  moving_direction: ['clevrer/video_validation'],
  moving_count: ['clevrer/video_validation'],
  moving_attribute: ['clevrer/video_validation'],
  counterfactual_inference: ['clevrer/video_validation'],
  object_shuffle: ['perception/videos'],
  action_count: ['perception/videos'],
  state_change: ['perception/videos'],
  character_order: ['perception/videos'],
  scene_transition: ['scene_qa/video'],
  fine_grained_pose: ['nturgbd', 'nturgbd_convert'],
  egocentric_navigation: ['vlnqa'],
  episodic_reasoning: ['tvqa/frames_fps3_hq'],
};

/** TVQA's frames are three a second. */
const FOLDER_TASK = 'episodic_reasoning';

function read(row: TableRow, { file, line }: RowContext): Found {
  const task = (file.split('/').at(-1) ?? '').replace(/\.json(?:\.gz)?$/, '');
  const [video, candidates] = [textOf(row, 'video'), textsOf(row, 'candidates')];
  const folders = tasks[task].flatMap((folder) => [folder, `video/${folder}`, `video/data0613/${folder}`]);
  const question: Question = {
    problem_id: `${task}/${line}`,
    problem: textOf(row, 'question'),
    data_type: 'video',
    problem_type: 'multiple choice',
    options: withLetters(candidates),
    solution: solutionOf(letterOf(textOf(row, 'answer'), candidates)),
    path: `${folders[0]}/${video}`,
    benchmark: NAME,
    groups: { task },
    window: windowOf(row),
    frameFps: task === FOLDER_TASK ? Number(row.fps ?? 3) : undefined,
  };
  return { question, places: folders.map((folder) => `${folder}/${video}`) };
}

/** The task of a preprocessed row, which names it or at least its collection. */
const taskOf = (row: TableRow, { path }: Question) =>
  ['task', 'task_type', 'original_question_type', 'data_source']
    .map((field) => row[field])
    .find((value) => typeof value === 'string' && value !== '')
    ?.toString() ?? path.split('/').slice(-3, -1).join('/');

export const mvbench: Benchmark = {
  name: NAME,
  title: 'MVBench',
  hub: 'OpenGVLab/MVBench',
  size: '17 GB',
  licence: 'MIT (questions); the videos keep the terms of their collections',
  videos: null,
  get: 'Download json/ and video/, whose zips are read as they are. NTU RGB+D (nturgbd/) comes from its owners, or converted in the branch video.',
  scores: 'Accuracy over 4,000 multiple choices, 200 of each of twenty tasks.',
  official: { files: Object.keys(tasks).map((task) => [`json/${task}.json`]), rows: 4000, read },
  preprocessed: preprocessedSource(NAME, 4000, (row, question) => ({ task: taskOf(row, question) })),
};
