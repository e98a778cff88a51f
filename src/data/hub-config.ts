// Where the Hub is, and who asks: for reading data sets (ingest/) and for publishing one (curate/hub/).
import { z } from 'zod';

export const hubSchema = z.strictObject({
  endpoint: z.url().default('https://huggingface.co').describe("The Hub's address, or that of a mirror."),
  tokenEnv: z
    .string()
    .default('HF_TOKEN')
    .describe('Environment variable with a token, for gated data sets and for publishing.'),
  revision: z.string().default('main').describe('Branch, tag or commit.'),
});
/** A data set's name there. */
export const hubNameSchema = z.string().regex(/^[\w.-]+\/[\w.-]+$/, 'must be OWNER/NAME');
export type HubConfig = z.output<typeof hubSchema>;
