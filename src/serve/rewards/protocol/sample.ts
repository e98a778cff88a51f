// A sample as it comes over the wire: what the rewards read of it, as an object or as the JSON text that engines carry in a label.
import { z } from 'zod';
import { type Sample, sampleSchema } from '../../../data/sample.ts';
import { unprocessable } from '../../errors.ts';
import { conform } from '../../protocol/json.ts';

const { data_type, problem_type, options, solution, path, problem_id } = sampleSchema.shape;

/** Columns that no reward reads may come along. */
const wireSchema = z.looseObject({
  problem_id: problem_id.optional(),
  data_type: data_type.optional(),
  problem_type,
  options,
  // What it is compared with may be long too; the time is the product of both.
  solution: solution.max(4000),
  path: path.optional(),
});

export type WireSample = Sample;

/**
 * The sample in `value`; `param`: its place in the body, which is its id where it has none. A missing data_type is a video. Throws the 422.
 */
export function readSample(value: unknown, param: string, needsPath: boolean): WireSample {
  const json = typeof value === 'string' ? parseLabel(value, param) : value;
  const {
    problem_id = param,
    data_type = 'video',
    path = '',
    ...sample
  } = conform(wireSchema, json, unprocessable, param);
  if (needsPath && path === '')
    throw unprocessable(`${param}.path: the semantic reward needs the video's path`, 'invalid-value', `${param}.path`);
  return { ...sample, problem_id, data_type, path, problem: '' };
}

function parseLabel(text: string, param: string): unknown {
  const fix = 'write the sample as JSON: {"solution": …, "problem_type": …, "data_type": …, "path": …}';
  try {
    return JSON.parse(text);
  } catch {
    throw unprocessable(`${param} is no JSON text of a sample`, 'invalid-value', param, fix);
  }
}
