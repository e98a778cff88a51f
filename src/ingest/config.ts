// The configuration of `videorft ingest`: one schema, from which defaults, help and checks follow.
import { z } from 'zod';
import { hubSchema } from '../data/hub-config.ts';
import { problemTypes, skills } from '../data/sample.ts';
import { endpointSchema } from '../llm/config.ts';

const positive = z.number().int().positive();

/** Fields of a sample that a column may fill. */
export const columnFields = [
  'problem_id',
  'problem',
  'data_type',
  'problem_type',
  'options',
  'process',
  'solution',
  'path',
  'data_source',
  'skill',
] as const;
export type ColumnField = (typeof columnFields)[number];

const columnsSchema = z.partialRecord(z.enum(columnFields), z.union([z.string(), z.array(z.string()).min(1)]));
export type ColumnMap = z.output<typeof columnsSchema>;

const constantsSchema = z.strictObject({
  data_type: z.enum(['video', 'image']).optional().describe('Video or image, where neither row nor file name says.'),
  problem_type: z.enum(problemTypes).optional().describe('Answer type; absent: by options and answer.'),
  skill: z.enum(skills).optional().describe('Skill group; absent: by source.'),
});
export type Constants = z.output<typeof constantsSchema>;

const sourceSchema = z.strictObject({
  from: z.string().min(1),
  name: z.string().min(1).optional(),
  weight: z.number().positive().optional(),
  below: z.string().optional(),
  columns: columnsSchema.optional(),
  set: constantsSchema.optional(),
  files: z.string().optional(),
});
export type SourceConfig = z.output<typeof sourceSchema>;

const probeSchema = z.strictObject({
  depth: z
    .enum(['ends', 'whole', 'none'])
    .default('ends')
    .describe(
      'What of a video is decoded: its first and last pictures, all of it, or nothing (it only has to be there).',
    ),
  processes: positive
    .optional()
    .describe('Files that are looked at side by side, each in a process; absent: one per core, 8 at most.'),
  timeout: z.number().positive().default(60).describe('Seconds for one file; then its process is ended.'),
  maxPixels: positive.default(8192 * 4352).describe('Pixels of a picture or a frame, at most.'),
  maxSeconds: z
    .number()
    .positive()
    .default(4 * 3600)
    .describe('Longest video.'),
});
export type ProbeConfig = z.output<typeof probeSchema>;

/** An endpoint that need not be there. */
const skillExpertSchema = endpointSchema.extend({
  baseURL: endpointSchema.shape.baseURL.optional(),
  model: endpointSchema.shape.model.optional(),
});

export const ingestSchema = z.strictObject({
  data: z
    .array(z.union([z.string().min(1), sourceSchema]))
    .min(1)
    .describe(
      'Question sets: files (.json, .jsonl, .csv, .tsv, .parquet; .gz but for Parquet), folders of media with a questions file, hub:owner/name. In a file also maps with from and name, weight, below (folder under mediaRoot), columns, set, files (pattern of data files on the Hub).',
    ),
  out: z.string().describe('Folder of the results; the same command in it goes on where it stopped.'),
  mediaRoot: z
    .string()
    .optional()
    .describe('Folder that the paths of the samples start from. Absent: the folder of the one source, else OUT/media.'),
  columns: columnsSchema
    .optional()
    .describe(
      'Which column holds what, for tables, as {problem: question, options: [a, b, c, d], path: "clips/{id}.mp4"}; absent: by usual names.',
    ),
  set: constantsSchema.prefault({}).describe('What rows are that do not say it themselves.'),
  answersCountFrom: z
    .union([z.literal(0), z.literal(1)])
    .optional()
    .describe("Multiple choice answers that are numbers are the option's place, counted from 0 or 1."),
  maxProblem: positive.default(16_384).describe('Characters of a question with its options, at most.'),
  skills: z
    .record(z.string(), z.enum(skills))
    .default({})
    .describe('Skill group by data_source or folder, before the table that is built in, as {MyExams: science}.'),
  count: positive
    .optional()
    .describe('Samples that are taken, by the weights of their sources; absent: as many as the weights allow.'),
  heldOut: z
    .number()
    .min(0)
    .max(1)
    .default(0)
    .describe('Share of the media files that are held out, with all their questions.'),
  seed: z.number().int().default(0).describe('Seed of drawing and splitting.'),
  deduplicate: z.boolean().default(true).describe('Keep one of the samples that ask the same of the same media.'),
  probe: probeSchema.prefault({}).describe('How media files are checked.'),
  skillExpert: skillExpertSchema
    .prefault({})
    .describe('Who says which skill a question needs where its source does not; without a model nobody is asked.'),
  hub: hubSchema.prefault({}).describe('Where hub: sources come from.'),
});
export type IngestConfig = z.output<typeof ingestSchema>;
export type IngestInput = z.input<typeof ingestSchema>;
