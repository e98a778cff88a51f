// A row as the page shows it: question, chain, draft against revision, why it is where it is, who said what. Pure; whatever a row holds, of
// whatever type, becomes text. Leaves out: the medium (media-state.ts).
import type { RuleName } from '../../../curate/filter/names.ts';
import type { Decided, Descriptions, Row } from '../../../curate/review/index.ts';
import { parseCompletion, solutionText } from '../../../prompt/parse.ts';
import { wordDiff } from '../../../report/word-diff.ts';
import type { Decision, Description, Detail, StageFacts, Summary } from '../../api.ts';
import type { Located } from './record-index.ts';

/** Longer texts are cut: a poisoned row must not stop the page. */
const MOST_CHARS = 50_000;
const LIST_CHARS = 240;
/** Fields that have a place of their own on the page. */
const SHOWN = new Set(
  'problem_id problem data_type problem_type options process solution path data_source skill generated_answer draft inconsistencies rejected quarantine curation'.split(
    ' ',
  ),
);

const cut = (text: string, most = MOST_CHARS) =>
  text.length > most ? `${text.slice(0, most)}… (${text.length - most} characters more)` : text;

/** Any value as text: strings as they are, the rest as JSON. */
export function shown(value: unknown, most = MOST_CHARS): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return cut(value, most);
  try {
    return cut(JSON.stringify(value), most);
  } catch (error) {
    if (error instanceof RangeError) return '(nested too deeply to be shown)';
    throw error;
  }
}

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const objectOf = (value: unknown): Row => (typeof value === 'object' && value !== null ? (value as Row) : {});
const numberOf = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);

const withoutTags = (process: string) => (parseCompletion(process).think ?? process).trim();

export function summaryOf({ n, bin, rule, decision }: Located, row: Row | undefined, text: string): Summary {
  return {
    n,
    id: shown(row?.problem_id, LIST_CHARS),
    problem: shown(row ? row.problem : text, LIST_CHARS),
    bin,
    type: shown(row?.problem_type, LIST_CHARS),
    rule: cut(rule, LIST_CHARS),
    decision,
  };
}

/** What the filter wrote beside its verdict. */
const filterOf = (row: Row): Row => objectOf(objectOf(row.curation).filter);

/** The rules of the filter in words; the compiler names one that has none. */
const RULES: Readonly<Record<RuleName, string>> = {
  refused: 'the reasoning is a refusal',
  truncated: 'the reasoning breaks off',
  'mentions-description': 'the reasoning speaks of a description instead of the video',
  'wrong-language': 'the reasoning is in another language than the one asked for',
  repetitive: 'the reasoning repeats itself',
  'too-short': 'the reasoning is shorter than allowed',
  'too-long': 'the reasoning is longer than allowed',
  'wrong-answer': 'the answer of the chain is not the reference answer',
  'low-similarity': 'the answer of the chain is not similar enough to the reference answer',
  'judged-wrong': 'the judge holds the answer of the chain for wrong',
};

const ruleWords = (rule: string): string => (Object.hasOwn(RULES, rule) ? `${rule}: ${RULES[rule as RuleName]}` : rule);

function whyOf(bin: Located['bin'], rule: string, row: Row | undefined): [string, string][] {
  if (bin === 'kept') return [];
  if (bin === 'rejected') {
    const found = listOf(filterOf(row ?? {}).found).filter((other) => other !== rule);
    const main: [string, string] = ['rule', ruleWords(rule)];
    return found.length > 0
      ? [main, ['also found', shown(found.map((other) => shown(other, 200)).join(', '), 2000)]]
      : [main];
  }
  const { stage, code, reason, facts, fix, file, line } = objectOf(row?.quarantine);
  const place = file === undefined ? '' : `${shown(file)}:${shown(line)}`;
  const rows: [string, unknown][] = [
    ['stage', stage],
    ['code', code ?? rule],
    ['reason', reason ?? 'this line is no JSON object'],
    ...Object.entries(objectOf(facts)),
    ['what to do', fix],
    ['row', place],
  ];
  return rows.map(([name, value]): [string, string] => [name, shown(value, 2000)]).filter(([, value]) => value !== '');
}

const LISTS = ['objects', 'actions', 'spatial_relations', 'possible_interactions', 'text', 'quantities'];

function detailsOf(part: Row): [string, string[]][] {
  const lists = LISTS.map((name): [string, string[]] => [
    name.replace('_', ' '),
    listOf(part[name]).map((item) => shown(item, 2000)),
  ]);
  const scene: [string, string[]] = ['scene', part.scene ? [shown(part.scene, 2000)] : []];
  return [...lists, scene].filter(([, values]) => values.length > 0);
}

export function descriptionOf(value: unknown): Description {
  const whole = objectOf(value);
  const moments = listOf(whole.frames).map((frame) => {
    const part = objectOf(frame);
    return { time: numberOf(part.timestamp) ?? 0, caption: shown(part.caption, 5000), details: detailsOf(part) };
  });
  return { caption: shown(whole.caption), moments, details: detailsOf(whole) };
}

/** What each stage took, from the row of provenance.jsonl. */
export function provenanceOf(row: Row): StageFacts[] {
  return ['describe', 'reason', 'refine'].flatMap((stage) => {
    const entries = Object.entries(objectOf(row[stage])).filter(([name]) => name !== 'key');
    const facts = entries.map(([name, value]): [string, string] => [name.replaceAll('_', ' '), shown(value, 500)]);
    return facts.length > 0 ? [{ stage, facts }] : [];
  });
}

function draftOf(row: Row): Detail['draft'] {
  if (typeof row.draft !== 'string') return undefined;
  const { think, answer } = parseCompletion(row.draft);
  return { think: cut((think ?? row.draft).trim()), answer: cut(answer ?? '') };
}

export interface DetailParts {
  readonly located: Located;
  /** undefined: the line is no row. */
  readonly row: Row | undefined;
  readonly text: string;
  readonly provenance: Row | undefined;
  readonly descriptions: Descriptions;
  readonly decided: Decided | undefined;
  readonly undecidable: string | undefined;
}

function describedBy({ provenance, descriptions }: DetailParts): Pick<Detail, 'description' | 'noDescription'> {
  const key = objectOf(provenance?.describe).key;
  if (typeof key !== 'string') return { noDescription: 'none was made' };
  const found = descriptions.find(key);
  return 'value' in found ? { description: descriptionOf(found.value) } : { noDescription: found.missing };
}

/** The chain with its draft, and what changed between them; of an edited one, what the reviewer changed. */
function chainOf(row: Row, decision: Decision | undefined): Pick<Detail, 'think' | 'draft' | 'diff' | 'editDiff'> {
  const think = cut(withoutTags(shown(row.process)));
  const draft = draftOf(row);
  return {
    think,
    draft,
    diff: draft && wordDiff(draft.think, think),
    editDiff: decision?.think === undefined ? undefined : wordDiff(think, decision.think),
  };
}

export function detailOf(parts: DetailParts): Detail {
  const { located, text, provenance, decided, undecidable } = parts;
  const row = parts.row ?? {};
  return {
    ...summaryOf(located, parts.row, text),
    problem: shown(parts.row ? row.problem : text),
    skill: shown(row.skill, LIST_CHARS),
    source: shown(row.data_source, LIST_CHARS),
    path: shown(row.path, 2000),
    dataType: shown(row.data_type, LIST_CHARS),
    options: listOf(row.options).map((option) => shown(option, 5000)),
    truth: typeof row.solution === 'string' ? cut(solutionText(row.solution)) : '',
    answer: row.generated_answer === undefined ? undefined : shown(row.generated_answer),
    ...chainOf(row, decided?.decision),
    inconsistencies: listOf(row.inconsistencies).map((item) => {
      const { claim, evidence, correction } = objectOf(item);
      return { claim: shown(claim), evidence: shown(evidence), correction: shown(correction) };
    }),
    why: whyOf(located.bin, located.rule, parts.row),
    similarity: numberOf(filterOf(row).similarity),
    ...describedBy(parts),
    provenance: provenance ? provenanceOf(provenance) : [],
    decided: decided?.decision,
    stale: located.decision === 'stale',
    undecidable,
    extra: Object.entries(row)
      .filter(([name]) => !SHOWN.has(name))
      .map(([name, value]) => [name, shown(value, 2000)]),
  };
}
