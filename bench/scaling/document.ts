// docs/SCALING.md: written by hand but for what stands between <!-- table NAME --> and <!-- end -->, which is this module's. So the document holds
// what the command prints, or a test fails. Leaves out: the figure (figure.ts).
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { VideorftError } from '../../src/base/errors.ts';
import { markdownTable, type TextTable } from '../../src/report/text-table.ts';
import { hoursText } from './format.ts';
import { outcomeOf, plans } from './plans.ts';
import {
  backendTable,
  checkTable,
  memoryTable,
  rentTable,
  rewardTable,
  sampleTable,
  sftTable,
  slowdown,
  stepTable,
  whatIfTable,
} from './tables.ts';
import {
  constantTable,
  curationTable,
  decodeTable,
  diskTable,
  machineTable,
  networkTable,
  priceTable,
} from './tables-bytes.ts';

export const documentFile = join(import.meta.dirname, '../../docs/SCALING.md');

/** The run that is asked about most, in a sentence. */
function answer(): string {
  const slower = slowdown();
  const said = plans
    .map(outcomeOf)
    .filter(({ plan, fits }) => fits && plan.batch === 1 && plan.tuning === 'full' && plan.cluster.count === 8)
    .map(({ plan, hours }) => {
      const planned = hoursText(hours.sft * slower.sft + hours.grpo * slower.grpo);
      return `**${plan.name}: ${hoursText(hours.sft + hours.grpo)} by the model, plan for ${planned}**`;
    });
  return `102K chains of SFT and 1K steps of GRPO at 7B. ${said.join('. ')}. (Planned hours are the model times the worst that a published run was slower: ${slower.sft.toFixed(1)} for SFT, ${slower.grpo.toFixed(1)} for GRPO.)`;
}

const tables: Readonly<Record<string, () => TextTable>> = {
  rent: rentTable,
  backends: backendTable,
  step: stepTable,
  sft: sftTable,
  sample: sampleTable,
  reward: rewardTable,
  decode: decodeTable,
  memory: memoryTable,
  disk: diskTable,
  network: networkTable,
  curation: curationTable,
  checks: checkTable,
  'what-if': whatIfTable,
  constants: constantTable,
  machines: machineTable,
  prices: priceTable,
};

const part = (name: string): string => (name === 'answer' ? answer() : markdownTable(tables[name]()));

export const partNames: readonly string[] = ['answer', ...Object.keys(tables)];

const place = /<!-- table ([\w-]+) -->\n[\s\S]*?<!-- end -->/g;

/** The document with its tables made anew. Throws 'scaling-document' for a table that is unknown, missing or there twice. */
export function filled(text: string): string {
  const met: string[] = [];
  const done = text.replace(place, (_, name: string) => {
    met.push(name);
    return `<!-- table ${name} -->\n${partNames.includes(name) ? part(name) : ''}\n<!-- end -->`;
  });
  const wrong = [
    ...partNames.filter((name) => met.filter((m) => m === name).length !== 1),
    ...met.filter((name) => !partNames.includes(name)),
  ];
  if (wrong.length === 0) return done;
  throw new VideorftError(`the document must hold each table once: ${wrong.join(', ')}`, {
    code: 'scaling-document',
    facts: { tables: wrong.join(', ') },
    fix: `put <!-- table ${wrong[0]} --> and <!-- end -->, each on a line, where it belongs, or take it out`,
  });
}

export const currentDocument = (): string => readFileSync(documentFile, 'utf8');

/** All tables, for the terminal. */
export const printed = (): string => partNames.map((name) => `${name}\n\n${part(name)}`).join('\n\n');
