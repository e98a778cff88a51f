// A model's tokenizer: text ↔ token ids, chat messages → token ids, token by token decoding. Wraps @huggingface/tokenizers.
// Control tokens inside a user's text stay text unless asked for, so a question that quotes "<|im_end|>" cannot end its turn.
// Leaves out: decoding of tokenizers that are not byte-level (SigLIP's and CLIP's texts are only encoded).
import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import { VideorftError } from '../../base/errors.ts';
import type { Message } from '../../prompt/messages.ts';
import { bytesOf } from './bytes.ts';
import { type ChatOptions, QWEN_CHAT_TEMPLATE, renderChat } from './chat-template.ts';
import { readTokenizerFiles, type TokenizerFiles, writeTokenizerFiles } from './files.ts';
import { guardMessages } from './guard.ts';
import { withExactNormalizers } from './normalizers.ts';
import { wordSplitter } from './split.ts';

export interface EncodeOptions {
  /** Let control tokens written in the text become control tokens. Default false. */
  readonly control?: boolean;
  /** Add what the tokenizer puts around every text (SigLIP's end token). Default false. */
  readonly addSpecialTokens?: boolean;
}

export interface DecodeOptions {
  /** Leave control tokens out of the text. Default true. */
  readonly skipSpecial?: boolean;
}

/** Decodes a growing token sequence: text comes out as soon as its last UTF-8 byte is there. */
export interface DecodeStream {
  push(id: number): string;
  /** What is left: incomplete bytes become U+FFFD. */
  end(): string;
}

export interface Tokenizer {
  /** Largest id + 1. A model's vocabulary may be larger. */
  readonly size: number;
  /** Ids of the control tokens, by content. */
  readonly special: ReadonlyMap<string, number>;
  readonly chatTemplate: string;
  encode(text: string, options?: EncodeOptions): number[];
  decode(ids: Iterable<number>, options?: DecodeOptions): string;
  stream(options?: DecodeOptions): DecodeStream;
  /** What a token stands for; one character may be spread over several tokens. */
  bytes(id: number): Uint8Array;
  /** Id of one token. Throws 'tokenizer-token' when there is no such token. */
  idOf(token: string): number;
  /** The chat template's text, as transformers' apply_chat_template renders it. */
  renderChat(messages: readonly Message[], options?: ChatOptions): string;
  /** The same as token ids, with control tokens from the template only, never from message text. */
  encodeChat(messages: readonly Message[], options?: ChatOptions): number[];
  saveFiles(dir: string): Promise<void>;
}

/** Ids by token, without the added tokens. */
const vocabOf = ({ model: { vocab } }: TokenizerFiles['tokenizer']): ReadonlyMap<string, number> =>
  new Map(Array.isArray(vocab) ? vocab.map(([token], id) => [token, id]) : Object.entries(vocab));

/** Bytes of every id, with control tokens marked. */
function decodeTable({ tokenizer }: TokenizerFiles, size: number): { bytes: Uint8Array[]; special: Set<number> } {
  if (tokenizer.decoder?.type !== 'ByteLevel')
    throw new VideorftError('this tokenizer is not byte-level; it can encode but not decode', {
      code: 'tokenizer-decoder',
      facts: { decoder: tokenizer.decoder?.type },
    });
  const bytes = new Array<Uint8Array>(size).fill(new Uint8Array(0));
  for (const [token, id] of vocabOf(tokenizer)) bytes[id] = bytesOf(token);
  for (const { content, id } of tokenizer.added_tokens) bytes[id] = new TextEncoder().encode(content);
  return { bytes, special: new Set(tokenizer.added_tokens.filter((t) => t.special).map((t) => t.id)) };
}

/** The tokenizer that the files describe. */
export function createTokenizer(files: TokenizerFiles): Tokenizer {
  const { tokenizer, config } = files;
  const controlTokens = tokenizer.added_tokens.filter((t) => t.special);
  const build = (json: TokenizerFiles['tokenizer']) => withExactNormalizers(new HuggingFaceTokenizer(json, config));
  const full = build(tokenizer);
  const plain = build({ ...tokenizer, added_tokens: tokenizer.added_tokens.filter((t) => !t.special) });
  const split = wordSplitter(controlTokens.map((t) => t.content));
  const special = new Map(controlTokens.map((t) => [t.content, t.id]));
  const ids = [...vocabOf(tokenizer).values(), ...tokenizer.added_tokens.map((t) => t.id)];
  const size = ids.reduce((largest, id) => Math.max(largest, id + 1), 0);
  const chatTemplate = config.chat_template ?? QWEN_CHAT_TEMPLATE;
  let table: ReturnType<typeof decodeTable> | undefined;

  const encode = (text: string, options: EncodeOptions = {}) =>
    (options.control ? full : plain).encode(text, { add_special_tokens: options.addSpecialTokens ?? false }).ids;

  const decoding = () => (table ??= decodeTable(files, size));

  const stream = ({ skipSpecial = true }: DecodeOptions = {}): DecodeStream => {
    const { bytes, special: hidden } = decoding();
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    return {
      push: (id) => (skipSpecial && hidden.has(id) ? '' : decoder.decode(bytes[id], { stream: true })),
      end: () => decoder.decode(),
    };
  };

  return {
    size,
    special,
    chatTemplate,
    encode,
    stream,
    bytes: (id) => decoding().bytes[id] ?? new Uint8Array(0),
    decode(tokens, options) {
      const out = stream(options);
      let text = '';
      for (const id of tokens) text += out.push(id);
      return text + out.end();
    },
    idOf(token) {
      const id = full.token_to_id(token);
      if (id === undefined)
        throw new VideorftError(`the tokenizer has no token ${token}`, { code: 'tokenizer-token', facts: { token } });
      return id;
    },
    renderChat: (messages, options) => renderChat(chatTemplate, messages, options),
    encodeChat(messages, options) {
      const guarded = guardMessages(messages, split);
      return split(renderChat(chatTemplate, guarded.messages, options)).flatMap((piece) => {
        const id = special.get(piece);
        return id === undefined ? encode(guarded.reveal(piece)) : [id];
      });
    },
    saveFiles: (dir) => writeTokenizerFiles(dir, files),
  };
}

/** The tokenizer of a model folder. Throws VideorftError 'tokenizer-files' when tokenizer.json is missing or broken. */
export async function loadTokenizer(dir: string): Promise<Tokenizer> {
  return createTokenizer(await readTokenizerFiles(dir));
}
