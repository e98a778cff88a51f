// The chat-model port: what a stage asks of an expert or a judge. Adapters: openai.ts (HTTP), test fakes.

/** A whole video. `jpegs`: its frames as one, for servers that take them so; `url`: somewhere the server can read it itself. */
export type VideoSource =
  | { readonly kind: 'bytes'; readonly data: Uint8Array; readonly mimeType: string }
  | { readonly kind: 'upload'; readonly data: Uint8Array; readonly mimeType: string }
  | { readonly kind: 'url'; readonly url: string; readonly mimeType: string }
  | {
      readonly kind: 'jpegs';
      readonly jpegs: readonly Uint8Array[];
      readonly timesSeconds: readonly number[];
      readonly durationSeconds: number;
      /** Of the frames, a second; absent: what their times tell. */
      readonly fps?: number;
    };

export type ChatPart =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'image'; readonly jpeg: Uint8Array; readonly timeSeconds?: number }
  /** `frames`: as many are looked at, of so many pixels each, where the server can be told. */
  | {
      readonly type: 'video';
      readonly source: VideoSource;
      readonly frames: number;
      readonly pixels?: { readonly min_pixels: number; readonly max_pixels: number };
    };

export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string | readonly ChatPart[];
}

/** Why an attempt gave no answer. 'rejected': the request itself was not taken (4xx); 'cut': the token limit came before the answer. */
export type FailureKind =
  | 'rate-limit'
  | 'server-error'
  | 'timeout'
  | 'network'
  | 'broken-body'
  | 'empty'
  | 'cut'
  | 'filtered'
  | 'refused'
  | 'rejected';

/** A vendor's batch under way: hours may pass until it answers, and the process that waits for it may not live so long. */
export interface BatchRecord {
  readonly id: string;
  /** Whose it is: address and model. */
  readonly endpoint: string;
  /** Names of its requests. */
  readonly requests: readonly string[];
  /** The vendor's name of the uploaded requests, and of the batch made of them, as far as that went. */
  readonly file?: string;
  readonly batch?: string;
}

/** Where batches are kept; what is told is on disk. */
export interface BatchStore {
  /** In the order in which they were first saved. */
  all(): Promise<readonly BatchRecord[]>;
  save(record: BatchRecord): Promise<void>;
  remove(id: string): Promise<void>;
}

/** What of a journal only batches need. */
export interface BatchJournal {
  /** Of the task; two tasks may ask the same words. */
  readonly name: string;
  readonly store: BatchStore;
  /** Takes up the task's last attempt again if nobody knows how it ended; false where there is no such. */
  resume(): Promise<boolean>;
}

/** Where a caller keeps account of attempts, so that they are known after a kill. */
export interface AttemptJournal {
  readonly batch?: BatchJournal;
  /** Failed attempts of earlier processes; they count against the limit. */
  readonly failures: number;
  /** Awaited just before a request goes out. */
  begin(): Promise<void>;
  /** The attempt begun last gave no answer. One that did is the caller's to settle. */
  fail(kind: FailureKind): Promise<void>;
}

export interface ChatRequest {
  readonly messages: readonly ChatMessage[];
  readonly temperature?: number;
  readonly top_p?: number;
  readonly max_tokens?: number;
  readonly seed?: number;
  /** Ask for JSON that matches this JSON Schema, by the vendor's own mode where it has one. */
  readonly jsonSchema?: { readonly name: string; readonly schema: Record<string, unknown> };
  /** An answer that its token limit ended before its text began is one, with an empty text: who scores answers wants to know it. */
  readonly acceptCut?: boolean;
  /** Sample this call is for: goes into errors and logs. */
  readonly sampleId?: string;
  readonly journal?: AttemptJournal;
  readonly signal?: AbortSignal;
}

export interface ChatResponse {
  readonly text: string;
  /** Reasoning text where the vendor returns it apart (reasoning_content, reasoning) or inside <think>. */
  readonly reasoning: string | undefined;
  readonly model: string;
  readonly finishReason: string;
  readonly usage: { readonly promptTokens: number; readonly completionTokens: number };
  readonly attempts: number;
}

export interface ChatModel {
  readonly name: string;
  chat(request: ChatRequest): Promise<ChatResponse>;
  /** Nothing will be asked again of what was asked so far: what was kept for that may go. */
  finish?(): Promise<void>;
}
