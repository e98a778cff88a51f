// From the folders of an ablation, one per seed, to its tables: scores with intervals, paired differences on the same questions. An arm counts
// where all its questions are answered; scores come from the rows alone. Writes the report. Leaves out: how it looks (report/).
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '../../base/atomic.ts';
import { VideorftError } from '../../base/errors.ts';
import { rowsIfPresent } from '../../base/jsonl.ts';
import { mean } from '../../base/numbers.ts';
import { accuracyRows, type EvaluatedRow, pairedComparison } from '../../evaluate/index.ts';
import {
  type AblationReport,
  type AblationScore,
  ablationDocument,
  documentFigures,
  documentMarkdown,
  reflectionRate,
  renderDocument,
} from '../../report/index.ts';
import { differingKeys } from '../../runs/record.ts';
import { StageClock } from '../speedrun/clock.ts';
import type { Entry } from './arms.ts';
import { type AblationManifest, readManifest } from './manifest.ts';

interface SeedFolder {
  readonly dir: string;
  readonly manifest: AblationManifest;
  readonly seconds: Readonly<Record<string, number>>;
}

type Mode = 'think' | 'direct';

/** Rows of one model by seed; only seeds whose questions are all there. Ids and paths tell seeds apart: they draw different clips. */
type SeedRows = ReadonlyMap<number, readonly EvaluatedRow[]>;

async function rowsOf(folders: readonly SeedFolder[], key: string, mode: Mode): Promise<SeedRows> {
  const out = new Map<number, readonly EvaluatedRow[]>();
  for (const { dir, manifest } of folders) {
    const rows = await rowsIfPresent<EvaluatedRow>(join(dir, 'evaluation', `${key}-${mode}.jsonl`));
    if (rows.length < manifest.asked.count) continue;
    const { seed } = manifest;
    out.set(
      seed,
      rows.map((row) => ({ ...row, id: `${seed}/${row.id}`, path: `${seed}/${row.path}` })),
    );
  }
  return out;
}

const pooled = (rows: SeedRows) => [...rows.values()].flat();

async function scoreOf(folders: readonly SeedFolder[], { label, key, against }: Entry): Promise<AblationScore> {
  const [think, direct] = [await rowsOf(folders, key, 'think'), await rowsOf(folders, key, 'direct')];
  const other = key === against ? undefined : await rowsOf(folders, against, 'think');
  const rows = pooled(think);
  const paired = other && pairedComparison(pooled(other), rows);
  const table = rows.length > 0 ? accuracyRows(rows)[0] : undefined;
  const answered = rows.filter((row) => row.error === null);
  const directRows = pooled(direct);
  return {
    label,
    seeds: [...think.keys()],
    n: rows.length,
    errors: rows.length - answered.length,
    think: table?.accuracy ?? null,
    lenient: table?.lenient ?? null,
    direct: directRows.length > 0 ? accuracyRows(directRows)[0].accuracy : null,
    format: table?.format ?? null,
    semantic: table?.semantic ?? null,
    tokens: answered.length > 0 ? mean(answered.map((row) => row.tokens)) : null,
    reflecting: answered.length > 0 ? reflectionRate(answered.map((row) => row.output)).share : null,
    difference: paired?.difference ?? null,
    p: paired?.p ?? null,
    perSeed: [...think.values()].map((own) => accuracyRows(own)[0].accuracy?.estimate ?? Number.NaN),
  };
}

/** Base models of all seeds: a folder may lack the last ones of the others. */
const allModels = (folders: readonly SeedFolder[]): AblationManifest['models'] =>
  folders.map(({ manifest }) => manifest.models).reduce((a, b) => (b.length > a.length ? b : a));

/** Errors: ablate-merge where the folders are not seeds of one experiment. */
function requireOneExperiment(folders: readonly SeedFolder[]): void {
  const [first] = folders;
  const models = allModels(folders);
  const facts = (manifest: AblationManifest) => ({ ...manifest.settings, seed: 0 });
  for (const { dir, manifest } of folders) {
    const differs = differingKeys(
      { ...facts(first.manifest), models: models.slice(0, manifest.models.length) },
      { ...facts(manifest), models: manifest.models },
    );
    if (differs.length > 0)
      throw new VideorftError('these folders are not seeds of one experiment', {
        code: 'ablate-merge',
        facts: { first: first.dir, other: dir, differs: differs.join(', ') },
        fix: 'merge folders that differ in --seed alone',
      });
  }
  const seeds = folders.map(({ manifest }) => manifest.seed);
  if (new Set(seeds).size < seeds.length)
    throw new VideorftError('two of these folders have the same seed', {
      code: 'ablate-merge',
      facts: { seeds: seeds.join(', ') },
      fix: 'name each seed once',
    });
}

async function openFolder(dir: string): Promise<SeedFolder> {
  const clock = await StageClock.open(join(dir, 'stages.json'));
  return { dir, manifest: await readManifest(dir), seconds: clock.seconds };
}

const idOf = ({ table, label }: Entry) => `${table} ${label}`;

/** Errors: ablate-missing, ablate-manifest, ablate-merge. */
export async function readAblation(dirs: readonly string[]): Promise<AblationReport> {
  const folders = await Promise.all(dirs.map(openFolder));
  requireOneExperiment(folders);
  const entries = [...new Map(folders.flatMap((f) => f.manifest.entries).map((e) => [idOf(e), e])).values()];
  const tables = await Promise.all(
    (['arms', 'w', 'models'] as const).map(async (name) => ({
      name,
      scores: await Promise.all(entries.filter((e) => e.table === name).map((entry) => scoreOf(folders, entry))),
    })),
  );
  const { manifest } = folders[0];
  return {
    seeds: folders.map((f) => f.manifest.seed),
    commands: folders.map((f) => f.manifest.command),
    models: allModels(folders).map(({ name }) => name),
    steps: manifest.steps,
    defaultW: manifest.defaultW,
    samples: folders.map(({ manifest: m }) => ({ seed: m.seed, ...m.samples, asked: m.asked.count })),
    tables,
    versions: manifest.versions,
    seconds: folders.map((f) => ({ seed: f.manifest.seed, parts: f.seconds })),
  };
}

/** Reads the folders, writes ablation.md with its figures and report.html into `out`, and returns the Markdown. */
export async function reportAblation(dirs: readonly string[], out: string): Promise<string> {
  const report = ablationDocument(await readAblation(dirs));
  const markdown = documentMarkdown(report, 'figures');
  await mkdir(out, { recursive: true });
  await writeFileAtomic(join(out, 'ablation.md'), markdown);
  for (const [name, svg] of await documentFigures(report)) await writeFileAtomic(join(out, 'figures', name), svg);
  await writeFileAtomic(join(out, 'report.html'), await renderDocument(report));
  return markdown;
}
