// One result file as the report takes it: scores and outcomes of every group, errors by reason, reflection, samples, facts of the manifest. Scores
// are computed anew from the outputs. Leaves out: what several files say together (pairs.ts).
import {
  type AccuracyRow,
  accuracyRows,
  type EvaluatedRow,
  outcomes,
  protocolLabel,
  thoughtOfRow,
} from '../../evaluate/index.ts';
import { type ResultData, type ScoreLine, summarizeReflection } from '../../report/index.ts';
import type { Manifest } from '../evaluation-manifest.ts';
import { type ResultFile, readResult, rescore } from '../result-files.ts';
import { chooseRows, questionShower, sampleCard } from './samples.ts';

export interface ReportOptions {
  readonly command: string;
  /** Where the videos are now, where not where they were. */
  readonly mediaRoot?: string;
  /** Samples of each result. */
  readonly samples: number;
}

export type Stored = ResultFile & { readonly manifest: Partial<Manifest> };

function outcomeCounts(rows: readonly EvaluatedRow[]): number[] {
  return outcomes.map(
    (outcome) => rows.filter((row) => (row.error === null ? row.outcome : 'error') === outcome).length,
  );
}

/** The rows that a line of the table is of. */
function rowsOfGroup(group: string, rows: readonly EvaluatedRow[]): readonly EvaluatedRow[] {
  if (group === 'all') return rows;
  const [kind, value] = [group.slice(0, group.indexOf(' ')), group.slice(group.indexOf(' ') + 1)];
  if (kind === 'type') return rows.filter(({ type }) => type === value);
  if (kind === 'benchmark') return rows.filter(({ benchmark }) => benchmark === value);
  return rows.filter(({ groups }) => groups[kind] === value);
}

const lineOf = (
  { group, n, accuracy, lenient, format, semantic }: AccuracyRow,
  rows: readonly EvaluatedRow[],
): ScoreLine => ({
  ...{ group, n, accuracy, lenient, format, semantic },
  outcomes: outcomeCounts(rowsOfGroup(group, rows)),
});

function errorReasons(rows: readonly EvaluatedRow[]): ResultData['errors'] {
  const counts = new Map<string, number>();
  for (const { error } of rows) if (error !== null) counts.set(error, (counts.get(error) ?? 0) + 1);
  return [...counts].map(([reason, n]) => ({ reason, n })).sort((a, b) => b.n - a.n);
}

const short = (hash: string | undefined) => hash?.slice(0, 12) ?? '–';

function modelOf({ manifest }: Stored): { readonly name: string; readonly fingerprint: string } {
  const model = manifest.model;
  if (model === undefined) return { name: 'unknown', fingerprint: '–' };
  if ('folder' in model) return { name: model.folder, fingerprint: short(model.sha256) };
  return { name: model.name, fingerprint: `${model.endpoint}; ${model.media}` };
}

function factsOf(stored: Stored): Record<string, string> {
  const { dataset, decoder, seed, versions, protocol } = stored.manifest;
  const { name, fingerprint } = modelOf(stored);
  const { temperature, topP, maxTokens } = stored.manifest.protocol?.decoding ?? {};
  return {
    file: stored.file,
    model: `${name} (${fingerprint})`,
    'data set': dataset?.files.map(({ file, sha256 }) => `${file} ${short(sha256)}`).join(', ') ?? '–',
    questions: `${dataset?.samples.count ?? '–'}, ${short(dataset?.samples.sha256)}`,
    frames: protocol ? `${protocol.frames.count} of ${protocol.frames.max_pixels} pixels at most` : '–',
    decoding: `temperature ${temperature}, top-p ${topP}, ${maxTokens} tokens, seed ${seed}`,
    ladder: protocol?.scoring.ladder ?? '–',
    decoder: decoder ?? '–',
    versions: Object.entries(versions ?? {})
      .map(([part, version]) => `${part} ${version}`)
      .join(', '),
  };
}

export async function resultData(
  stored: Stored,
  label: string,
  { mediaRoot, samples }: ReportOptions,
): Promise<ResultData> {
  const { rows, manifest } = stored;
  const shower = await questionShower(stored, mediaRoot);
  const asked = rows.filter((row) => row.error === null);
  const cards: ResultData['samples'][number][] = [];
  for (const row of chooseRows(rows, samples)) cards.push(await sampleCard(row, shower));
  return {
    label,
    model: modelOf(stored).name,
    protocol: protocolLabel(manifest.protocol, manifest.changed),
    mode: manifest.protocol.mode,
    benchmark: manifest.dataset?.benchmark ?? null,
    questions: manifest.dataset?.samples.sha256 ?? label,
    expected: manifest.dataset?.expected ?? null,
    scores: accuracyRows(rows).map((line) => lineOf(line, rows)),
    errors: errorReasons(rows),
    reflection: summarizeReflection(asked.map(thoughtOfRow)),
    samples: cards,
    facts: factsOf(stored),
  };
}

/** Errors: those of readResult. */
export async function openResult(file: string): Promise<Stored> {
  const stored = await readResult(file);
  return { ...stored, rows: rescore(stored).rows } as Stored;
}
