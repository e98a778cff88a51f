// The set-up of tests that curate a world of their own: its folder, made before each test and gone after it. Leaves out: what the world holds
// (curate-world.ts, which needs no test runner).
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import type { CurateConfig } from '../../src/curate/config.ts';
import { type CurateTools, curate } from '../../src/curate/curate.ts';
import type { Sample } from '../../src/data/sample.ts';
import { textReader, worldConfig, writeWorld } from './curate-world.ts';

export interface CurateFixture {
  /** Path of this name in the folder. */
  readonly at: (name: string) => string;
  readonly write: (samples: readonly Sample[], extraLines?: readonly string[]) => Promise<void>;
  readonly config: (rest?: Parameters<typeof worldConfig>[2], baseURL?: string) => CurateConfig;
  /** Curates, by default into `out`. */
  readonly run: (
    models: CurateTools['models'],
    tools?: Partial<CurateTools>,
    config?: CurateConfig,
  ) => ReturnType<typeof curate>;
}

/** Call it where a file or a `describe` begins. */
export function useCurateFixture(): CurateFixture {
  let root = '';
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'videorft-curate-'));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));
  const at = (name: string) => join(root, name);
  const config = (rest: Parameters<typeof worldConfig>[2] = {}, baseURL?: string) =>
    worldConfig(root, at('out'), rest, baseURL);
  return {
    at,
    config,
    write: (samples, extraLines) => writeWorld(root, samples, extraLines),
    run: (models, tools = {}, settings = config()) => curate(settings, { models, media: textReader, ...tools }),
  };
}
