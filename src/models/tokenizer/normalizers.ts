// Normalizers of tokenizer.json that @huggingface/tokenizers computes differently from the tokenizers library and from sentencepiece:
// sentencepiece's own character map, which it approximates by NFKC, and lower case, which it takes of whole texts, so that it knows a final
// sigma. Leaves out: all others, which agree (test/parity).
import { VideorftError } from '../../base/errors.ts';

/** A normalizer of the library: called as a function at the top, by its method inside a sequence. */
interface Normalizer {
  (text: string): string;
  normalize(text: string): string;
  readonly config: { readonly type: string; readonly precompiled_charsmap?: string | null };
  /** Of a sequence. */
  normalizers?: (Normalizer | null)[];
}

type Normalize = (text: string) => string;

/** Lower case character by character, as Rust's tokenizers and SiglipTokenizer do: Σ is σ everywhere. */
const lowercaseByCharacter: Normalize = (text) => Array.from(text, (char) => char.toLowerCase()).join('');

/**
 * sentencepiece's precompiled_charsmap: the bytes of a text are cut greedily at the longest entries of a double-array trie, which
 * give their replacements; what no entry begins stays. Layout (little-endian): bytes of the trie as u32, its units as u32, then
 * replacements, each ended by a 0.
 */
export class CharacterMap {
  private readonly trie: Uint32Array;
  private readonly replacements: Uint8Array;

  /** `charsmap` in base64. Throws VideorftError 'tokenizer-files' for a damaged one. */
  constructor(charsmap: string) {
    const blob = Buffer.from(charsmap, 'base64');
    const bytes = blob.length >= 4 ? blob.readUInt32LE(0) : -1;
    if (bytes < 4 || bytes % 4 !== 0 || 4 + bytes > blob.length)
      throw new VideorftError('the precompiled_charsmap of the tokenizer is damaged', {
        code: 'tokenizer-files',
        facts: { bytes: blob.length },
        fix: 'copy or download tokenizer.json or spiece.model again',
      });
    this.trie = Uint32Array.from({ length: bytes / 4 }, (_, i) => blob.readUInt32LE(4 + 4 * i));
    this.replacements = blob.subarray(4 + bytes);
  }

  /** Length in bytes of the longest entry that the text at `from` begins with, and where its replacement starts. */
  private longest(text: Uint8Array, from: number): { length: number; at: number } {
    let found = { length: 0, at: 0 };
    let node = offsetOf(this.trie[0]);
    for (let i = from; i < text.length; i++) {
      node ^= text[i];
      const unit = this.trie[node];
      if (unit === undefined || (unit & 0x800000ff) !== text[i]) break;
      node ^= offsetOf(unit);
      if (unit & 0x100) found = { length: i - from + 1, at: this.trie[node] & 0x7fffffff };
    }
    return found;
  }

  normalize(text: string): string {
    const bytes = Buffer.from(text);
    const out: Uint8Array[] = [];
    let kept = 0; // start of the bytes that stay
    for (let at = 0; at < bytes.length; ) {
      const { length, at: start } = this.longest(bytes, at);
      if (length === 0) {
        at += characterBytes(bytes[at]);
        continue;
      }
      out.push(bytes.subarray(kept, at), this.replacements.subarray(start, this.replacements.indexOf(0, start)));
      at += length;
      kept = at;
    }
    out.push(bytes.subarray(kept));
    return Buffer.concat(out).toString();
  }
}

const offsetOf = (unit: number): number => (unit >>> 10) << ((unit & 0x200) >>> 6);

/** Bytes of the UTF-8 character that starts with this byte. */
const characterBytes = (first: number): number => (first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4);

function exactly({ config }: Normalizer): Normalize | undefined {
  if (config.type === 'Lowercase') return lowercaseByCharacter;
  if (config.type !== 'Precompiled' || !config.precompiled_charsmap) return undefined;
  const map = new CharacterMap(config.precompiled_charsmap);
  return (text) => map.normalize(text);
}

function exact(normalizer: Normalizer | null): Normalizer | null {
  if (normalizer === null) return null;
  if (normalizer.normalizers) normalizer.normalizers = normalizer.normalizers.map(exact);
  const normalize = exactly(normalizer);
  return normalize
    ? Object.assign((text: string) => normalize(text), { normalize, config: normalizer.config })
    : normalizer;
}

/** Puts the exact normalizers in place of those that differ. */
export function withExactNormalizers<T extends { normalizer: Normalizer | null }>(tokenizer: T): T {
  tokenizer.normalizer = exact(tokenizer.normalizer);
  return tokenizer;
}
