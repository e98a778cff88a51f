// Gemini's generateContent as data: our request → its body, its body → our answer. No network here (gemini.ts, gemini-files.ts).
import { z } from 'zod';
import { VideorftError } from '../base/errors.ts';
import type { Completion } from './chat.ts';
import type { Endpoint } from './config.ts';
import type { ChatMessage, ChatPart, ChatRequest, VideoSource } from './port.ts';
import { AttemptFailure } from './retry.ts';
import { vendorSchema } from './vendor-schema.ts';
import { base64, emptyFailure, frameLabel, sentFields, splitThinking } from './wire.ts';

export type Upload = Extract<VideoSource, { kind: 'upload' }>;
/** Addresses of uploaded videos. */
export type Uploaded = ReadonlyMap<Upload, string>;

const inline = (mimeType: string, data: Uint8Array) => ({ inlineData: { mimeType, data: base64(data) } });

function videoPart(source: VideoSource, uploaded: Uploaded): object {
  switch (source.kind) {
    case 'bytes':
      return inline(source.mimeType, source.data);
    case 'url':
      return { fileData: { mimeType: source.mimeType, fileUri: source.url } };
    case 'upload':
      return { fileData: { mimeType: source.mimeType, fileUri: uploaded.get(source) } };
    case 'jpegs':
      throw new VideorftError('Gemini takes no video of JPEG frames.', {
        code: 'llm-video-form',
        fix: "Set the expert's video to frames, video_url or file.",
      });
  }
}

function wirePart(part: ChatPart, uploaded: Uploaded): object[] {
  if (part.type === 'text') return [{ text: part.text }];
  if (part.type === 'video') return [videoPart(part.source, uploaded)];
  const image = inline('image/jpeg', part.jpeg);
  return part.timeSeconds === undefined ? [image] : [{ text: frameLabel(part.timeSeconds) }, image];
}

const wireParts = ({ content }: ChatMessage, uploaded: Uploaded): object[] =>
  typeof content === 'string' ? [{ text: content }] : content.flatMap((part) => wirePart(part, uploaded));

const replyForm = ({ jsonSchema }: ChatRequest, mode: Endpoint['jsonMode']): object => {
  if (!jsonSchema || mode === 'none') return {};
  const json = { responseMimeType: 'application/json' };
  return mode === 'json_object' ? json : { ...json, responseJsonSchema: vendorSchema(jsonSchema.schema) };
};

/** The videos of a request that must be uploaded first. */
export const uploadsOf = ({ messages }: ChatRequest): Upload[] =>
  messages
    .flatMap(({ content }) => (typeof content === 'string' ? [] : content))
    .flatMap((part) => (part.type === 'video' && part.source.kind === 'upload' ? [part.source] : []));

/** The JSON text of a generateContent request; `extraBody` wins over what we set, its generationConfig field by field. */
export function geminiBody(
  request: ChatRequest,
  { jsonMode, extraBody }: Pick<Endpoint, 'jsonMode' | 'extraBody'>,
  uploaded: Uploaded = new Map(),
): string {
  const system = request.messages.filter(({ role }) => role === 'system');
  const turns = request.messages.filter(({ role }) => role !== 'system');
  const { generationConfig, ...rest } = extraBody;
  const config = {
    temperature: request.temperature,
    topP: request.top_p,
    maxOutputTokens: request.max_tokens,
    seed: request.seed,
    ...replyForm(request, jsonMode),
    ...(generationConfig as object | undefined),
  };
  const body = {
    systemInstruction: system.length > 0 ? { parts: system.flatMap((one) => wireParts(one, uploaded)) } : undefined,
    contents: turns.map((turn) => ({
      role: turn.role === 'assistant' ? 'model' : 'user',
      parts: wireParts(turn, uploaded),
    })),
    generationConfig: sentFields(config),
    ...rest,
  };
  return JSON.stringify(sentFields(body));
}

const replySchema = z.object({
  candidates: z
    .array(
      z.object({
        content: z
          .object({
            parts: z.array(z.object({ text: z.string().optional(), thought: z.boolean().optional() })).optional(),
          })
          .optional(),
        finishReason: z.string().optional(),
      }),
    )
    .optional(),
  promptFeedback: z.object({ blockReason: z.string().optional() }).optional(),
  usageMetadata: z
    .object({
      promptTokenCount: z.number().optional(),
      candidatesTokenCount: z.number().optional(),
      thoughtsTokenCount: z.number().optional(),
    })
    .optional(),
  modelVersion: z.string().optional(),
});

const withheld = new Set([
  'SAFETY',
  'RECITATION',
  'LANGUAGE',
  'BLOCKLIST',
  'PROHIBITED_CONTENT',
  'SPII',
  'IMAGE_SAFETY',
]);
const finishReasons: Readonly<Record<string, string>> = { STOP: 'stop', MAX_TOKENS: 'length' };

const filtered = (reason: string) =>
  new AttemptFailure(`withheld by the content filter (${reason})`, 'filtered', 'never');

/** An answer's text, reasoning (parts that are thoughts) and usage. Throws AttemptFailure as `readCompletion` does. */
export function readGemini(
  body: unknown,
  requested: string,
  { acceptCut = false }: Pick<ChatRequest, 'acceptCut'> = {},
): Completion {
  const parsed = replySchema.safeParse(body);
  if (!parsed.success) throw new AttemptFailure('not an answer of generateContent', 'broken-body', 'again');
  const { candidates, promptFeedback, usageMetadata, modelVersion } = parsed.data;
  if (promptFeedback?.blockReason) throw filtered(promptFeedback.blockReason);
  const [candidate] = candidates ?? [];
  if (!candidate) throw new AttemptFailure('no candidates', 'broken-body', 'again');
  const reason = candidate.finishReason ?? 'unknown';
  if (withheld.has(reason)) throw filtered(reason);
  const parts = candidate.content?.parts ?? [];
  const join = (thought: boolean) =>
    parts.flatMap((part) => (Boolean(part.thought) === thought ? [part.text ?? ''] : [])).join('');
  const split = splitThinking(join(false));
  const reasoning = join(true).trim() || split.reasoning;
  const isCut = reason === 'MAX_TOKENS';
  if (split.text.trim() === '' && !(isCut && acceptCut)) throw emptyFailure(isCut, reasoning);
  return {
    text: split.text,
    reasoning,
    model: modelVersion ?? requested,
    finishReason: finishReasons[reason] ?? reason.toLowerCase(),
    usage: {
      promptTokens: usageMetadata?.promptTokenCount ?? 0,
      completionTokens: (usageMetadata?.candidatesTokenCount ?? 0) + (usageMetadata?.thoughtsTokenCount ?? 0),
    },
  };
}
