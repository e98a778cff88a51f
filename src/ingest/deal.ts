// Third pass: what was drawn from the pool goes to its side of the split, in the order of the sources.
import type { LineFile } from '../base/line-file.ts';
import type { Draw } from './draw.ts';
import type { Tally } from './output/report.ts';
import type { SkillBook } from './skill-expert.ts';

/** Seconds of video that the drawn samples are about, each file once. */
export interface Dealt {
  readonly seconds: number;
}

export async function deal(
  draw: Draw,
  tally: Tally,
  skills: SkillBook | undefined,
  train: LineFile,
  heldOut: LineFile,
): Promise<Dealt> {
  const paths = new Set<string>();
  let seconds = 0;
  for await (const { source, isHeldOut, seconds: length, row, isTaken } of draw()) {
    if (!isTaken) {
      tally.leftOut(source);
      continue;
    }
    const skill = row.skill ?? skills?.skillOf(row);
    const sample = skill === undefined ? row : { ...row, skill };
    tally.kept(source, sample, length, isHeldOut);
    if (!paths.has(row.path)) seconds += length ?? 0;
    paths.add(row.path);
    await (isHeldOut ? heldOut : train).write(JSON.stringify(sample));
  }
  return { seconds };
}
