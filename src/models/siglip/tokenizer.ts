// SigLIP's tokenizer. Its folders carry spiece.model, which transformers reads; where it is missing, tokenizer.json (as our micro model has it).
// Follows SiglipTokenizer: lower case, no ASCII punctuation, one space between words, </s> behind. Leaves out: decoding.
import { join } from 'node:path';
import type { TokenizerJson } from '../tokenizer/files.ts';
import { createTokenizer, loadTokenizer, type Tokenizer } from '../tokenizer/load.ts';
import { readSentencePieces, type SentencePieces } from '../tokenizer/spiece.ts';

const END = '</s>';
/** Python's string.punctuation, and what its \s means: White_Space and four separators of ASCII. */
const PUNCTUATION = '[!-/:-@\\[-`{-~]';
const SPACES = '[\\s\\x1c-\\x1f]+';

const replace = (Regex: string, content: string) => ({ type: 'Replace', pattern: { Regex }, content });
const strip = { type: 'Strip', strip_left: true, strip_right: true };

function tokenizerJson({ vocab, unk_id, precompiled_charsmap }: SentencePieces): TokenizerJson {
  const endId = vocab.findIndex(([piece]) => piece === END);
  const special = [
    [END, endId],
    [vocab[unk_id][0], unk_id],
  ] as const;
  return {
    version: '1.0',
    added_tokens: special.map(([content, id]) => ({
      id,
      content,
      single_word: false,
      lstrip: true,
      rstrip: true,
      normalized: false,
      special: true,
    })),
    normalizer: {
      type: 'Sequence',
      normalizers: [
        { type: 'Lowercase' },
        replace(PUNCTUATION, ''),
        replace(SPACES, ' '),
        strip,
        ...(precompiled_charsmap ? [{ type: 'Precompiled', precompiled_charsmap }] : []),
        replace(' {2,}', ' '),
        strip,
      ],
    },
    pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true },
    post_processor: {
      type: 'TemplateProcessing',
      single: [{ Sequence: { id: 'A', type_id: 0 } }, { SpecialToken: { id: END, type_id: 0 } }],
      pair: [],
      special_tokens: { [END]: { id: END, ids: [endId], tokens: [END] } },
    },
    decoder: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true },
    model: { type: 'Unigram', unk_id, vocab, byte_fallback: false },
  };
}

/** Errors: tokenizer-files. */
export async function loadSiglipTokenizer(dir: string): Promise<Tokenizer> {
  const pieces = await readSentencePieces(join(dir, 'spiece.model'));
  return pieces ? createTokenizer({ tokenizer: tokenizerJson(pieces), config: {} }) : loadTokenizer(dir);
}
