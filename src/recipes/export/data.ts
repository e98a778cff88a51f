// Samples of a stage as files that the trainer reads: a form of the data set, or rows of its own. Leaves out: which samples (samples.ts).
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type FormOptions, openForms, settleForms } from '../../curate/dataset/forms.ts';
import { allSinks, filled, lineSink, parquetSink, type Sink } from '../../curate/dataset/sink.ts';
import type { Engine, Launch, RowInput, Stage, StageData } from './engine.ts';
import type { StageSamples } from './samples.ts';

const ROWS_PER_PIECE = 1000;

const stream = <T>(sink: Sink<T>, items: readonly T[]): Promise<void> =>
  filled(sink, async () => {
    for (let at = 0; at < items.length; at += ROWS_PER_PIECE) await sink.write(items.slice(at, at + ROWS_PER_PIECE));
  });

async function writeForm(
  name: FormOptions['names'][number],
  out: string,
  stage: Stage,
  { samples }: StageSamples,
): Promise<string[]> {
  const set = stage === 'sft' ? 'cot' : 'rl';
  const options: FormOptions = { out: join(out, 'data'), names: [name], ids: 'text' };
  await stream(openForms(set, options), samples);
  await settleForms(options);
  const names = await readdir(join(out, 'data', name));
  return names
    .filter((file) => file.startsWith(`${set}-`) && file.endsWith('.jsonl'))
    .sort()
    .map((file) => `data/${name}/${file}`);
}

/** Writes the data of a stage. */
export async function writeData(
  engine: Engine,
  stage: Stage,
  input: StageSamples,
  { launch, out }: { readonly launch: Launch; readonly out: string },
): Promise<StageData> {
  const { samples } = input;
  const { data } = engine;
  if (data.kind === 'form') return { rows: samples.length, files: await writeForm(data.name, out, stage, input) };
  const rows: RowInput[] = samples.map((sample, index) => ({
    sample,
    index,
    launch,
    frames: input.frames.get(sample.path) ?? [],
  }));
  const files = [...new Set(samples.map((sample) => data.file(stage, sample)))].sort();
  const columns = data.columns?.(stage);
  const rowOf = (input: RowInput) => data.row(stage, input) as Readonly<Record<string, unknown>>;
  const sinks = files.map((file) =>
    columns
      ? parquetSink(join(out, file), columns, rowOf)
      : lineSink<RowInput>(join(out, file), (each) =>
          data.file(stage, each.sample) === file ? data.row(stage, each) : undefined,
        ),
  );
  await stream(allSinks(sinks), rows);
  return { rows: samples.length, files };
}
