// VSI-Bench: spatial questions about 288 scans of rooms; half of them numbers, scored by mean relative accuracy.
import type { TableRow } from '../../data/index.ts';
import { withLetters } from '../../data/options.ts';
import type { Benchmark, Found } from './benchmark.ts';
import { solutionOf, textOf, textsOf } from './fields.ts';
import { originalType, preprocessedSource } from './preprocessed.ts';

const NAME = 'vsibench';

function read(row: TableRow): Found {
  const path = `${textOf(row, 'dataset')}/${textOf(row, 'scene_name')}.mp4`;
  const hasOptions = Array.isArray(row.options) && row.options.length > 0;
  return {
    question: {
      problem_id: textOf(row, 'id'),
      problem: textOf(row, 'question'),
      data_type: 'video',
      problem_type: hasOptions ? 'multiple choice' : 'regression',
      options: hasOptions ? withLetters(textsOf(row, 'options')) : null,
      solution: solutionOf(textOf(row, 'ground_truth')),
      path,
      benchmark: NAME,
      groups: { task: textOf(row, 'question_type'), dataset: textOf(row, 'dataset') },
    },
    places: [path],
  };
}

export const vsibench: Benchmark = {
  name: NAME,
  title: 'VSI-Bench',
  hub: 'nyu-visionx/VSI-Bench',
  size: '5.7 GB',
  licence: 'Apache-2.0 (questions); the scans keep the terms of ARKitScenes, ScanNet and ScanNet++',
  videos: 288,
  get: 'Download test-00000-of-00001.parquet, and arkitscenes.zip, scannet.zip and scannetpp.zip beside it; they are read as they are.',
  scores: 'Mean of the accuracy over 2,490 multiple choices and the mean relative accuracy over 2,640 numbers.',
  official: { files: [['test-00000-of-00001.parquet', 'test.jsonl']], rows: 5130, read },
  preprocessed: preprocessedSource(NAME, 5130, (row, { path }) => ({
    task: originalType(row),
    dataset: path.split('/').at(-2),
  })),
};
