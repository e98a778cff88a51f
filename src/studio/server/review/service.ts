// A review in the studio: the set, its index, the log of decisions, descriptions and media behind one object that the routes ask. Leaves out: HTTP.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { VideorftError } from '../../../base/errors.ts';
import { createLimiter } from '../../../base/limit.ts';
import {
  applyReview,
  checkDecision,
  type Decision,
  type Descriptions,
  formatReviewCounts,
  openDescriptions,
  type ReviewSet,
  ReviewStore,
  type Row,
  rowOf,
} from '../../../curate/review/index.ts';
import { ApiError } from '../../../serve/errors.ts';
import type { AppliedReview, Decided, Detail, Facets, Filters, Overview, Page } from '../../api.ts';
import { openIndexFile } from './build-index.ts';
import { detailOf, summaryOf } from './detail.ts';
import { MediaStates } from './media-state.ts';
import { type Located, RecordIndex } from './record-index.ts';
import { RowFiles } from './row-files.ts';

/** A search answers after so long with what it has. */
const SEARCH_MS = 1000;

export interface ReviewOptions {
  /** Who decides, for the log. */
  readonly by?: string;
  readonly cacheBytes?: number;
  readonly signal?: AbortSignal;
  readonly progress?: boolean;
}

interface Seen {
  readonly located: Located;
  readonly text: string;
  readonly row: Row | undefined;
}

export class ReviewService implements AsyncDisposable {
  readonly #set: ReviewSet;
  readonly #owned: AsyncDisposableStack;
  readonly #store: ReviewStore;
  readonly #files: RowFiles;
  readonly #index: RecordIndex;
  readonly #descriptions: Descriptions;
  readonly media: MediaStates;
  readonly #applying = createLimiter(1);

  private constructor(set: ReviewSet, owned: AsyncDisposableStack, parts: Parts) {
    this.#set = set;
    this.#owned = owned;
    this.#store = parts.store;
    this.#files = parts.files;
    this.#index = parts.index;
    this.#descriptions = parts.descriptions;
    this.media = parts.media;
  }

  /** Reads the data through if they are not indexed yet. Throws 'review-locked', 'review-log', and the signal's reason. */
  static async open(set: ReviewSet, options: ReviewOptions = {}): Promise<ReviewService> {
    await using owned = new AsyncDisposableStack();
    const parts = await openParts(set, options, owned);
    return new ReviewService(set, owned.move(), parts);
  }

  async overview(): Promise<Overview> {
    const { history } = this.#store;
    return {
      name: this.#set.name,
      curation: this.#set.curation !== undefined,
      total: this.#index.total,
      decided: history.decided.size,
      undo: history.undoable !== undefined,
      redo: history.redoable !== undefined,
      changed: await this.#files.haveChanged(),
    };
  }

  facets(filters: Filters): Facets {
    return this.#index.facets(filters);
  }

  async page(filters: Filters, after: number, limit: number, signal?: AbortSignal): Promise<Page> {
    const { rows, next, searched } = await this.#index.page(filters, { after, limit, milliseconds: SEARCH_MS, signal });
    return { rows: rows.map(({ located, text }) => summaryOf(located, rowOf(text), text)), next, searched };
  }

  /** Throws the 404. */
  async #see(n: number): Promise<Seen> {
    const located = this.#index.get(n);
    if (!located) throw new ApiError(`there is no row ${n}`, { status: 404, code: 'review-no-row' });
    const text = await this.#files.read(located);
    return { located, text, row: rowOf(text) };
  }

  async row(n: number): Promise<Row> {
    return (await this.#see(n)).row ?? {};
  }

  async detail(n: number): Promise<Detail> {
    const { located, text, row } = await this.#see(n);
    const place = this.#index.provenanceOf(n);
    return detailOf({
      located,
      text,
      row,
      provenance: place && rowOf(await this.#files.read(place)),
      descriptions: this.#descriptions,
      decided: row && this.#store.history.decided.get(located.key),
      undecidable: undecidable(located, row),
    });
  }

  /** Stores a decision, null takes it back. Throws the 409 for a row that nothing can be decided about. */
  async decide(n: number, decision: Decision | null): Promise<Decided> {
    const { located, row } = await this.#see(n);
    const reason = undecidable(located, row);
    if (reason !== undefined || !row)
      throw new ApiError(`nothing can be decided here: ${reason}`, { status: 409, code: 'review-quarantined' });
    if (decision) checkHere(row, decision, this.#set.curation !== undefined);
    return this.#decided(await this.#store.decide(row, decision), n);
  }

  async undo(): Promise<Decided> {
    return this.#decided(await this.#store.undo());
  }

  async redo(): Promise<Decided> {
    return this.#decided(await this.#store.redo());
  }

  async #decided(key: string | undefined, n?: number): Promise<Decided> {
    if (key !== undefined) this.#index.set(key, this.#store.history.decided.get(key));
    const row = n ?? (key === undefined ? undefined : this.#index.withKey(key)?.n);
    return { n: row, overview: await this.overview() };
  }

  /** One after the other: the files of one are of the same decisions. */
  async apply(): Promise<AppliedReview> {
    const { counts, files } = await this.#applying.run(() => applyReview(this.#set));
    return { text: formatReviewCounts(counts), files: [...files] };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#owned.disposeAsync();
  }
}

interface Parts {
  readonly store: ReviewStore;
  readonly files: RowFiles;
  readonly index: RecordIndex;
  readonly descriptions: Descriptions;
  readonly media: MediaStates;
}

async function openParts(set: ReviewSet, options: ReviewOptions, owned: AsyncDisposableStack): Promise<Parts> {
  await mkdir(set.folder, { recursive: true });
  const store = owned.use(await ReviewStore.open(set.folder, { by: options.by }));
  const paths = { ...set.files, ...(set.curation ? { provenance: set.curation.provenance } : {}) };
  const files = owned.use(await RowFiles.open(paths as Record<string, string>));
  const index = new RecordIndex(await openIndexFile(set.folder, files, options), files);
  owned.defer(() => index.close());
  index.setAll(store.history);
  const descriptions = owned.use(await openDescriptions(set));
  const scratch = await mkdtemp(join(tmpdir(), 'videorft-review-'));
  owned.defer(() => rm(scratch, { recursive: true, force: true }));
  const { cacheBytes = 2 ** 30 } = options;
  const media = owned.use(new MediaStates({ mediaRoot: set.mediaRoot, scratch, cacheBytes }));
  return { store, files, index, descriptions, media };
}

function undecidable({ bin, key, chain }: Located, row: Row | undefined): string | undefined {
  if (bin === 'quarantined')
    return 'it never became a sample with a chain of thought; mend what is wrong and run videorft curate again';
  if (!['string', 'number'].includes(typeof row?.problem_id)) return 'it has no problem_id to know it by';
  if (key === '' || chain === '') return 'it is nested too deeply to know it by';
  return undefined;
}

/** A decision that cannot be is the request's fault. */
function checkHere(row: Row, decision: Decision, hasChains: boolean): void {
  try {
    checkDecision(row, decision, hasChains);
  } catch (error) {
    if (!(error instanceof VideorftError) || error.code !== 'review-decision') throw error;
    throw new ApiError(error.message, { status: 400, code: error.code, fix: error.fix, cause: error });
  }
}
