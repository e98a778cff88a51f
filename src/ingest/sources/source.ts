// What a source is once it has been found: its question files, and where its media lie below the media root.
import type { ColumnMap, Constants } from '../config.ts';

/** Fetches media that a source has elsewhere; absent where all of them lie below the media root already. */
export interface MediaFetcher {
  /** Makes the file of this path (below the source's folder) be there, if the source has it. */
  fetch(path: string, signal: AbortSignal | undefined): Promise<void>;
}

export interface Source {
  /** Unique among the sources of a run. */
  readonly name: string;
  readonly weight: number | undefined;
  readonly files: readonly string[];
  /** Folder of its media, relative to the media root; '' for the root itself. */
  readonly below: string;
  readonly columns: ColumnMap;
  readonly set: Constants;
  /** Media by name without extension, for rows that name them so; only where a folder was given. */
  readonly stems?: ReadonlyMap<string, string>;
  /** Names in the folder that no row can name, escaped. */
  readonly unnameable: readonly string[];
  readonly fetcher?: MediaFetcher;
}
