// What a folder of an ablation says of itself, beside its runs and rows: seed, models, samples, settings, and which rows of which table its
// models are. Leaves out: scores, which are always computed from the rows.
import { join } from 'node:path';
import { z } from 'zod';
import { VideorftError } from '../../base/errors.ts';
import { readTextIfPresent } from '../../base/if-present.ts';

export const manifestName = 'ablation.json';

const count = z.number().int().nonnegative();

export const manifestSchema = z.object({
  format: z.literal('videorft-ablation/1'),
  command: z.string(),
  seed: z.number().int(),
  steps: count,
  defaultW: z.number(),
  models: z.array(z.object({ name: z.string(), sha256: z.string() })),
  samples: z.object({ rl: count, refined: count, unrefined: count }),
  asked: z.object({ count, sha256: z.string() }),
  settings: z.record(z.string(), z.unknown()),
  versions: z.record(z.string(), z.string()),
  entries: z.array(
    z.object({ table: z.enum(['arms', 'w', 'models']), label: z.string(), key: z.string(), against: z.string() }),
  ),
});
export type AblationManifest = z.output<typeof manifestSchema>;

/** Undefined where there is none. Errors: ablate-manifest where it cannot be read. */
export async function readManifestIfPresent(dir: string): Promise<AblationManifest | undefined> {
  const file = join(dir, manifestName);
  const text = await readTextIfPresent(file);
  if (text === undefined) return undefined;
  try {
    return manifestSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new VideorftError('the manifest of this ablation cannot be read', {
      code: 'ablate-manifest',
      facts: { file },
      fix: 'delete this one file and start videorft ablate in the folder again, which writes it anew',
      cause,
    });
  }
}

/** Errors: ablate-missing where the folder holds none, ablate-manifest where it cannot be read. */
export async function readManifest(dir: string): Promise<AblationManifest> {
  const manifest = await readManifestIfPresent(dir);
  if (manifest) return manifest;
  throw new VideorftError('there is no ablation in this folder', {
    code: 'ablate-missing',
    facts: { file: join(dir, manifestName) },
    fix: `run it first: videorft ablate --out ${dir}`,
  });
}
