// The tables of docs/SCALING.md about bytes and money, and where every number comes from. Leaves out: time (tables.ts).
import type { TextTable } from '../../src/report/text-table.ts';
import { constants, known } from './constants.ts';
import { curationCost, type Price, prices } from './curation.ts';
import { bytesText, dollarsText, hoursText, numberText } from './format.ts';
import { coresPerMachine, gpus, networkCard } from './machines.ts';
import { diskBytes, tinkerBytes } from './memory.ts';
import { seven, video } from './plans.ts';
import { decodeSeconds } from './rates.ts';
import { gatherBytes } from './training.ts';
import { cacheBytes } from './work.ts';

/** Requests of each expert at once. */
const CONCURRENCY = 64;

export function diskTable(): TextTable {
  const disk = diskBytes(seven, video, known.samples);
  const row = (what: string, bytes: number, note: string) => [what, bytesText(bytes), note];
  return {
    head: ['on disk', 'bytes', ''],
    words: [2],
    rows: [
      row('media of 310K samples', disk.media, "as Video-R1's 260K"),
      row('all files of a curation', disk.curation, 'state.sqlite on top'),
      row('frames of all, raw, if kept', disk.frames, 'more than the media: decode anew, or keep a bounded part'),
      row('what the vision tower makes of them, if kept', disk.embeddings, 'stale as soon as the tower is trained'),
      row('weights of 7B, bf16', disk.weights, ''),
      row('checkpoint of full training', disk.checkpointFull, 'weights, f32 copy, two moments: keep two'),
      row('adapter of rank 16, f32', disk.adapter, ''),
    ],
  };
}

/** What goes over which wire in a step or a run. */
export function networkTable(): TextTable {
  const cache = cacheBytes(seven.text) * known.questions * known.groupSize * known.cap;
  const uploads = curationCost(known.samples, CONCURRENCY).reduce((sum, { bytes }) => sum + bytes, 0);
  const row = (what: string, bytes: number, wire: string) => [what, bytesText(bytes), wire];
  return {
    head: ['what moves', 'bytes', 'over'],
    words: [2],
    rows: [
      row('the sharded model, gathered once, a GPU of 8', gatherBytes(seven, 8), 'NVLink; three times a pass'),
      row('the same, a GPU of 64', gatherBytes(seven, 64), 'the network card; three times a pass'),
      row(
        'new weights to a sampler, full',
        diskBytes(seven, video, 0).weights,
        'NVLink or the network card, each step',
      ),
      row('new adapter to a sampler (--rollouts)', diskBytes(seven, video, 0).adapter, 'a shared folder, each step'),
      row(
        'frames to a Tinker server, a step',
        tinkerBytes(seven, video, known.questions, known.groupSize),
        'the way to the server: with every sequence, three times',
      ),
      row('keys and values of 64 completions at the cap', cache, 'nothing: memory of the samplers'),
      row('frames of a curation to two seeing experts', uploads, 'the internet, where they are not yours'),
    ],
  };
}

export function curationTable(): TextTable {
  const stages = curationCost(known.samples, CONCURRENCY);
  const low = curationCost(known.samples, CONCURRENCY, prices.describerLow)[0];
  const row = ({ stage, price, input, output, dollars, hours }: (typeof stages)[number]) => [
    `${stage}: ${price.model}`,
    `${(input / 1e9).toFixed(1)}e9`,
    `${(output / 1e9).toFixed(2)}e9`,
    dollarsText(dollars),
    hoursText(hours),
  ];
  const sum = stages.reduce((total, { dollars }) => total + dollars, 0);
  return {
    head: ['310K samples, 64 requests at once', 'tokens in', 'tokens out', 'list price', 'time'],
    rows: [
      ...stages.map(row),
      [
        'in all, stages side by side',
        '',
        '',
        dollarsText(sum),
        hoursText(Math.max(...stages.map(({ hours }) => hours))),
      ],
      row(low).map((cell, i) => (i === 0 ? `instead, ${cell}` : cell)),
    ],
  };
}

export function decodeTable(): TextTable {
  const perSample = decodeSeconds(known.decodeOurs);
  const cores = [1, 2, 16, coresPerMachine];
  return {
    head: ['decoding 16 frames of each, cores', ...cores.map(numberText)],
    rows: [
      ['102K samples once', ...cores.map((n) => hoursText((known.chains * perSample) / n / 3600))],
      ['310K samples once', ...cores.map((n) => hoursText((known.samples * perSample) / n / 3600))],
    ],
  };
}

export const constantTable = (): TextTable => ({
  head: ['what', 'value', 'kind', 'source'],
  words: [2, 3],
  rows: Object.values(constants).map(({ what, value, unit, kind, source }) => [
    what,
    `${unit === 'bytes' ? bytesText(value) : `${numberText(value)} ${unit}`}`.trim(),
    kind,
    source,
  ]),
});

export const machineTable = (): TextTable => ({
  head: ['GPU', 'bf16', 'memory', 'its speed', 'link, one way', 'an hour', 'source'],
  words: [6],
  rows: [
    ...Object.values(gpus).map(({ name, flops, memory, bandwidth, link, dollars, source }) => [
      name,
      `${flops / 1e12} TFLOP/s`,
      bytesText(memory),
      `${bandwidth / 1e12} TB/s`,
      `${link / 1e9} GB/s`,
      `$${dollars}`,
      source,
    ]),
    ['between machines', '', '', '', `${networkCard / 1e9} GB/s`, '', 'a card of 400 Gbit/s a GPU, as in DGX H100'],
  ],
});

export const priceTable = (): TextTable => ({
  head: ['expert', 'in, $ a million', 'out', 'tokens of a frame', 'source'],
  words: [4],
  rows: Object.values(prices).map(({ model, input, output, frameTokens, source }: Price) => [
    model,
    String(input),
    String(output),
    frameTokens === 0 ? '–' : numberText(frameTokens),
    source,
  ]),
});
