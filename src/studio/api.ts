// What pages and server say to each other: types only, the one file that both know. Paths are written beside what they carry.
// Leaves out: the run viewer, which will have a page and a part of its own here.

/** Where rows are before the review. */
export type Bin = 'kept' | 'rejected' | 'quarantined';

export interface Decision {
  verdict: 'accept' | 'reject' | 'discard';
  /** In place of the reasoning. */
  think?: string;
  /** In place of the reference answer. */
  answer?: string;
  note?: string;
}

/** How the list is cut: by what stands in the row, by the decision, by text. */
export type FilterName = 'bin' | 'rule' | 'skill' | 'type' | 'source' | 'decision';
export type Filters = { [name in FilterName]?: string } & { q?: string };

/** GET /api/review: what is reviewed, and how far it is. */
export interface Overview {
  name: string;
  /** Whether samples come with chains of thought by three experts. */
  curation: boolean;
  total: number;
  decided: number;
  undo: boolean;
  redo: boolean;
  /** The files have changed since they were indexed. */
  changed: boolean;
}

/** GET /api/review/facets?…filters: for each filter, how many rows each of its values would leave under the others. */
export type Facets = { [name in FilterName]: { value: string; count: number }[] } & { total: number };

/** A line of the list. */
export interface Summary {
  n: number;
  id: string;
  problem: string;
  bin: Bin;
  type: string;
  rule: string;
  decision: string;
}

/** GET /api/review/samples?…filters&after=N&limit=N */
export interface Page {
  rows: Summary[];
  /** Where the next page begins; absent at the end. */
  next?: number;
  /** Rows looked at by a search that ran out of time: ask on from `next`. */
  searched?: number;
}

export interface DiffPart {
  kind: 'same' | 'removed' | 'added';
  text: string;
}

/** A moment of a video as the describer saw it. */
export interface Moment {
  time: number;
  caption: string;
  /** Lists by their names: objects, actions, … */
  details: [name: string, values: string[]][];
}

export interface Description {
  caption: string;
  moments: Moment[];
  /** Of pictures. */
  details: [name: string, values: string[]][];
}

export interface StageFacts {
  stage: string;
  facts: [name: string, value: string][];
}

/** GET /api/review/samples/N */
export interface Detail extends Summary {
  skill: string;
  source: string;
  path: string;
  dataType: string;
  options: string[];
  /** The reference answer. */
  truth: string;
  /** The chain as the data set has it; '' where there is none. */
  think: string;
  /** The chain's own answer. */
  answer?: string;
  draft?: { think: string; answer: string };
  /** Draft against chain. */
  diff?: DiffPart[];
  /** Chain against what the reviewer wrote. */
  editDiff?: DiffPart[];
  inconsistencies: { claim: string; evidence: string; correction: string }[];
  /** Why it is not among the kept: code, reason, what to do. */
  why: [name: string, value: string][];
  similarity?: number;
  description?: Description;
  /** Why there is no description, where there should be one. */
  noDescription?: string;
  provenance: StageFacts[];
  decided?: Decision;
  /** The decision was made about another chain, and is not applied. */
  stale: boolean;
  /** Why nothing can be decided about this row. */
  undecidable?: string;
  /** All fields of the row that are not shown elsewhere. */
  extra: [name: string, value: string][];
}

/** GET /api/review/samples/N/media */
export type MediaState =
  | { state: 'ready'; kind: 'video' | 'image'; url: string; note: string; converted: boolean }
  | { state: 'converting'; share: number; note: string }
  | { state: 'failed'; reason: string; fix: string };

/** POST /api/review/samples/N/decision with {decision}, POST /api/review/undo, POST /api/review/redo */
export interface Decided {
  /** The row that it is about; absent where there was nothing to undo, or the row is gone. */
  n?: number;
  overview: Overview;
}

/** POST /api/review/apply */
export interface AppliedReview {
  text: string;
  files: string[];
}

/** What every refusal holds. */
export interface Refusal {
  error: { message: string; code: string };
}
