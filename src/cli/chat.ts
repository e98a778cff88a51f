// `videorft chat`: a question about any video or picture, answered on stdout as it is written.
import { z } from 'zod';
import { UsageError } from '../base/config-flags.ts';
import { log } from '../base/log.ts';
import { chat } from '../recipes/chat.ts';
import { profileNames } from '../recipes/clips.ts';
import { microBase, modelFolder, profileOf } from '../recipes/shipped.ts';
import { askedDtypeSchema } from '../recipes/training-config.ts';
import { defineCommand } from './command.ts';

const positive = z.number().int().positive();

const schema = z.strictObject({
  model: z
    .string()
    .optional()
    .describe('Folder of the model, or a run directory (its newest checkpoint); absent: the shipped micro model.'),
  video: z.string().optional().describe('Video file, of any container and codec.'),
  image: z.string().optional().describe('Picture, in place of a video.'),
  option: z
    .array(z.string())
    .default([])
    .describe('An option of a multiple choice, as "A. left"; repeat the flag for each (a comma also separates).'),
  mode: z
    .enum(['think', 'direct'])
    .default('think')
    .describe('Ask for reasoning before the answer, or for the answer.'),
  profile: z
    .enum(profileNames)
    .optional()
    .describe(
      'Frames, pixels and wording of the prompt; absent: micro for the shipped model and what was trained from it, paperEval for others.',
    ),
  temperature: z.number().min(0).default(0.01).describe('Sampling temperature; 0: the likeliest token.'),
  topP: z.number().gt(0).max(1).default(0.001).describe('Nucleus sampling.'),
  maxTokens: positive.default(256).describe('Longest answer, in tokens.'),
  seed: z.number().int().default(0).describe('Seed of sampling.'),
  device: z.enum(['cpu', 'webgpu']).default('cpu').describe('What runs the model.'),
  threads: positive.optional().describe('Threads inside one operation; absent: all cores.'),
  dtype: askedDtypeSchema,
});

function mediaOf({ video, image }: z.output<typeof schema>): { file: string; kind: 'video' | 'image' } {
  if (video !== undefined && image === undefined) return { file: video, kind: 'video' };
  if (image !== undefined && video === undefined) return { file: image, kind: 'image' };
  throw new UsageError('one file is needed', { code: 'config-flag', fix: 'give --video FILE or --image FILE' });
}

function questionOf(positionals: readonly string[]): string {
  const [question] = positionals;
  if (positionals.length === 1 && question.trim() !== '') return question;
  throw new UsageError(question ? 'one question at a time' : 'the question is missing', {
    code: 'config-flag',
    fix: 'put it in quotes: videorft chat --video FILE "What happens?"',
  });
}

export const command = defineCommand({
  about: `Samples frames from the file, asks the model, and prints the answer while it is written. The shipped micro model knows nothing but
its own world of moving shapes (videorft world makes clips of it): what it says about any other video is nonsense.`,
  positionals: '"question"',
  examples: [
    {
      args: 'chat --video world/clips/000000.mp4 "What happens in the video?"',
      does: 'the shipped micro model, about a clip that videorft world wrote',
    },
    {
      args: 'chat --video clip.mp4 "Which way does the circle move?" --option "A. left" --option "B. right"',
      does: 'a multiple choice',
    },
    {
      args: 'chat --model runs/speedrun/grpo --video clip.mp4 --mode direct "What happens?"',
      does: 'the newest checkpoint of a run, without reasoning',
    },
    { args: 'chat --image picture.png "How many shapes are there?"', does: 'about a picture' },
  ],
  schema,
  run: async ({ config, positionals, signal, write }) => {
    const { option: options, mode, temperature, topP, maxTokens, seed, device, threads, dtype } = config;
    const [question, media] = [questionOf(positionals), mediaOf(config)];
    const model = config.model === undefined ? microBase : await modelFolder(config.model);
    const profile = config.profile ?? (await profileOf(model, 'paperEval'));
    const asked = { question, ...media, options, mode, profile };
    const sampling = { temperature, topP, maxTokens, seed, device, threads, dtype, signal };
    const finish = await chat(model, asked, { ...sampling, onText: write });
    write('\n');
    if (finish === 'length') log.info(`cut off after ${maxTokens} tokens (--max-tokens)`);
    return 0;
  },
});
