// The chat-model port: what a stage asks of an expert or a judge. Adapters: openai.ts (HTTP), test fakes.

export type ChatPart =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'image'; readonly jpeg: Uint8Array; readonly timeSeconds?: number };

export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string | readonly ChatPart[];
}

export interface ChatRequest {
  readonly messages: readonly ChatMessage[];
  readonly temperature?: number;
  readonly top_p?: number;
  readonly max_tokens?: number;
  readonly seed?: number;
  /** Ask for JSON that matches this JSON Schema, by the vendor's own mode where it has one. */
  readonly jsonSchema?: { readonly name: string; readonly schema: Record<string, unknown> };
  /** Sample this call is for: goes into errors and logs. */
  readonly sampleId?: string;
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
}
