// Makes a small byte-level BPE tokenizer of Qwen's kind from texts: 256 bytes, learnt merges, then the Qwen control tokens.
// Same texts in the same order, same files. Merges equal those of the BpeTrainer of the tokenizers library (test/parity).
// Leaves out: corpora that do not fit in memory as a table of distinct words.
import { Tokenizer } from '@huggingface/tokenizers';
import { VideorftError } from '../../base/errors.ts';
import { BYTE_CHARS } from './bytes.ts';
import { QWEN_CHAT_TEMPLATE } from './chat-template.ts';
import type { AddedToken, TokenizerFiles } from './files.ts';
import { wordSplitter } from './split.ts';

/** Qwen2's pre-tokenizer, as its tokenizer.json has it (Apache-2.0). */
export const QWEN_SPLIT =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

/** Control tokens, in Qwen's order. */
export const QWEN_SPECIAL_TOKENS = [
  '<|endoftext|>',
  '<|im_start|>',
  '<|im_end|>',
  '<|vision_start|>',
  '<|vision_end|>',
  '<|vision_pad|>',
  '<|image_pad|>',
  '<|video_pad|>',
] as const;

/** One token each, but ordinary text: decoding shows them. */
export const ANSWER_TAGS = ['<think>', '</think>', '<answer>', '</answer>'] as const;

export interface TrainOptions {
  /** Bytes + merges + control tokens + tags; fewer when the texts have no more pairs to merge. */
  readonly vocabSize: number;
  /** Pairs seen less often are not merged. Default 2. */
  readonly minFrequency?: number;
  readonly tags?: readonly string[];
  readonly chatTemplate?: string;
}

interface Word {
  readonly count: number;
  parts: number[];
}

/** Distinct pre-tokens with their counts, in order of first appearance, as ids of the byte alphabet. */
function countWords(texts: Iterable<string>, added: readonly string[], alphabet: readonly string[]): Word[] {
  // The pre-tokenizer that will also encode, so that training and encoding split alike.
  const { normalizer, pre_tokenizer } = new Tokenizer(tokenizerJson(alphabet, [], []), {});
  const ids = new Map(alphabet.map((char, id) => [char, id]));
  const counts = new Map<string, number>();
  const split = wordSplitter(added);
  for (const text of texts)
    for (const piece of split(text).filter((_, i) => i % 2 === 0))
      for (const word of pre_tokenizer?.pre_tokenize(normalizer?.normalize(piece) ?? piece) ?? [])
        counts.set(word, (counts.get(word) ?? 0) + 1);
  return Array.from(counts, ([word, count]) => ({
    count,
    parts: Array.from(word, (char) => ids.get(char) as number),
  }));
}

/** The pair seen most often; the smallest ids among equals. Pairs are packed as left · 2^21 + right. */
function bestPair(words: readonly Word[], minFrequency: number): number | undefined {
  const counts = new Map<number, number>();
  for (const { parts, count } of words)
    for (let i = 1; i < parts.length; i++) {
      const pair = parts[i - 1] * 2 ** 21 + parts[i];
      counts.set(pair, (counts.get(pair) ?? 0) + count);
    }
  let best: number | undefined;
  let most = minFrequency;
  for (const [pair, count] of counts)
    if (count > most || (count === most && (best === undefined || pair < best))) [best, most] = [pair, count];
  return best;
}

function applyMerge(word: Word, left: number, right: number, merged: number): void {
  const { parts } = word;
  if (!parts.includes(left)) return;
  const out: number[] = [];
  for (let i = 0; i < parts.length; i++) {
    if (parts[i] === left && parts[i + 1] === right) {
      out.push(merged);
      i++;
    } else out.push(parts[i]);
  }
  word.parts = out;
}

function learn(
  words: readonly Word[],
  vocab: string[],
  merges: [string, string][],
  size: number,
  minFrequency: number,
) {
  while (vocab.length < size) {
    const pair = bestPair(words, minFrequency);
    if (pair === undefined) return;
    const [left, right] = [Math.floor(pair / 2 ** 21), pair % 2 ** 21];
    for (const word of words) applyMerge(word, left, right, vocab.length);
    merges.push([vocab[left], vocab[right]]);
    vocab.push(vocab[left] + vocab[right]);
  }
}

const addedToken = (content: string, id: number, special: boolean): AddedToken => ({
  id,
  content,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special,
});

/**
 * Learns a tokenizer from texts. Control tokens and tags that occur in the texts are cut out before counting.
 * @throws VideorftError 'tokenizer-train' when vocabSize leaves no room for bytes and added tokens.
 */
export function trainTokenizer(texts: Iterable<string>, options: TrainOptions): TokenizerFiles {
  const tags = options.tags ?? ANSWER_TAGS;
  const added = [...QWEN_SPECIAL_TOKENS, ...tags];
  if (options.vocabSize < 256 + added.length)
    throw new VideorftError('the vocabulary is too small for the 256 bytes and the added tokens', {
      code: 'tokenizer-train',
      facts: { vocabSize: options.vocabSize, least: 256 + added.length },
      fix: 'ask for a larger vocabSize',
    });
  const vocab = [...BYTE_CHARS].sort(); // the order of GPT-2 and Qwen: '!' is 0
  const merges: [string, string][] = [];
  const words = countWords(texts, added, vocab);
  learn(words, vocab, merges, options.vocabSize - added.length, options.minFrequency ?? 2);
  const addedTokens = added.map((content, i) => addedToken(content, vocab.length + i, i < QWEN_SPECIAL_TOKENS.length));
  return {
    tokenizer: tokenizerJson(vocab, merges, addedTokens),
    config: tokenizerConfig(addedTokens, options.chatTemplate ?? QWEN_CHAT_TEMPLATE),
  };
}

function tokenizerJson(vocab: readonly string[], merges: [string, string][], added_tokens: AddedToken[]) {
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: false };
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens,
    normalizer: { type: 'NFC' },
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: { Regex: QWEN_SPLIT }, behavior: 'Isolated', invert: false },
        byteLevel,
      ],
    },
    post_processor: byteLevel,
    decoder: byteLevel,
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: '',
      end_of_word_suffix: '',
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(vocab.map((token, id) => [token, id])),
      merges,
    },
  };
}

function tokenizerConfig(added: readonly AddedToken[], chat_template: string) {
  return {
    add_bos_token: false,
    add_prefix_space: false,
    added_tokens_decoder: Object.fromEntries(added.map(({ id, ...token }) => [String(id), token])),
    additional_special_tokens: added.filter((t) => t.special && t.content !== '<|endoftext|>').map((t) => t.content),
    bos_token: null,
    chat_template,
    clean_up_tokenization_spaces: false,
    eos_token: '<|im_end|>',
    errors: 'replace',
    model_max_length: 131072,
    pad_token: '<|endoftext|>',
    processor_class: 'Qwen2_5_VLProcessor',
    split_special_tokens: false,
    tokenizer_class: 'Qwen2Tokenizer',
    unk_token: null,
  };
}
