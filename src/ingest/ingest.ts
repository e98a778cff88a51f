// Question sets of any form → train.jsonl and heldout.jsonl in the published form, rejected.jsonl with every reason, report.json.
// Three passes over the files and one over the media; only the latter takes long, and what it found is kept in media.jsonl, so
// that the same command goes on, and the same inputs give the same bytes, interrupted or not.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { removeTemporaries, writeFileAtomic } from '../base/atomic.ts';
import { dumpConfig } from '../base/config.ts';
import { VideorftError } from '../base/errors.ts';
import { writeLineFiles } from '../base/line-file.ts';
import { lockRun } from '../runs/lock.ts';
import { type IngestConfig, ingestSchema } from './config.ts';
import { deal } from './deal.ts';
import { createDraw } from './draw.ts';
import { type IngestReport, Tally } from './output/report.ts';
import type { MediaBook } from './probe/book.ts';
import { probeAll } from './probe/probe-all.ts';
import { sieve } from './sieve.ts';
import { assignSkills, SkillBook, type SkillExpert } from './skill-expert.ts';
import { resolveSources, type SourceTools } from './sources/resolve.ts';
import { type Plan, type Survey, survey } from './survey.ts';

export interface IngestTools extends SourceTools {
  /** Who assigns skills where sources tell none; absent: they stay unknown. */
  readonly skillExpert?: SkillExpert;
}

/** Throws what sources/ and hub/ do, `ingest-media-root`, `ingest-empty`, `run-locked`, and the signal's reason. */
export async function ingest(config: IngestConfig, tools: IngestTools = {}): Promise<IngestReport> {
  const unlock = lockRun(config.out);
  try {
    await removeTemporaries(config.out);
    await writeFileAtomic(join(config.out, 'config.yaml'), dumpConfig(config, ingestSchema));
    const { sources, mediaRoot } = await resolveSources(config, tools);
    return await ingestSources({ sources, config: { ...config, mediaRoot }, ...tools }, tools.skillExpert);
  } finally {
    unlock();
  }
}

async function ingestSources(plan: Plan, expert: SkillExpert | undefined): Promise<IngestReport> {
  const { config, sources } = plan;
  const at = (name: string) => join(config.out, name);
  const found = await survey(plan);
  if (found.questions === 0) throw noQuestions(plan);
  const book = await probeAll(plan, found, at('media.jsonl'));
  refuseWrongRoot(found, book, plan);
  const tally = new Tally(sources.map(({ name }) => name));
  const poolFile = at('pool.jsonl');
  const sieved = await writeLineFiles([poolFile, at('rejected.jsonl')], (pool, rejected) =>
    sieve(plan, { book, tally, questions: found.questions }, pool, rejected),
  );
  const draw = createDraw(plan, sieved, poolFile);
  const skills = expert && (await SkillBook.open(at('skills.jsonl'), expert.model.name));
  if (skills) await assignSkills(draw, expert, skills, plan);
  const dealt = await writeLineFiles([at('train.jsonl'), at('heldout.jsonl')], (train, heldOut) =>
    deal(draw, tally, skills, train, heldOut),
  );
  await rm(poolFile);
  const usable = [...found.media.keys()].filter((path) => book.verdict(path)?.facts).length;
  const report = tally.report(sieved.read, { files: found.media.size, usable, seconds: dealt.seconds });
  await writeFileAtomic(at('report.json'), `${JSON.stringify(report, null, 2)}\n`);
  return report;
}

function noQuestions({ sources }: Plan): VideorftError {
  return new VideorftError('There is not one question in the question sets.', {
    code: 'ingest-empty',
    facts: { files: sources.flatMap(({ files }) => files).join(', ') },
    fix: 'Check that these are the right files.',
  });
}

/** When not one file is there, the media root is wrong, not every sample. */
function refuseWrongRoot({ media }: Survey, book: MediaBook, { config }: Plan): void {
  const problems = [...media.keys()].map((path) => book.verdict(path)?.problem);
  const first = problems[0];
  if (!first || !problems.every((problem) => problem && /^media-(missing|outside-root)$/.test(problem.code))) return;
  throw new VideorftError('Not one media file of the questions is there.', {
    code: 'ingest-media-root',
    facts: { mediaRoot: config.mediaRoot, files: media.size, first: first.reason },
    fix: `Set mediaRoot to the folder that the paths start from. ${first.fix ?? ''}`.trim(),
  });
}
