// The byte alphabet of byte-level BPE (GPT-2, Qwen): every byte has a printable character that stands for it in tokenizer.json.

const printable = (byte: number) =>
  (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff);

const unprintable = [...Array(256).keys()].filter((byte) => !printable(byte));

/** Character of each byte: printable ones stand for themselves, the others for 256, 257, … in order. */
export const BYTE_CHARS: readonly string[] = [...Array(256).keys()].map((byte) =>
  String.fromCodePoint(printable(byte) ? byte : 256 + unprintable.indexOf(byte)),
);

const BYTE_OF = new Map(BYTE_CHARS.map((char, byte) => [char, byte]));

/** A vocabulary entry → the bytes it stands for; an entry with other characters (an added token) stands for its own UTF-8. */
export function bytesOf(token: string): Uint8Array {
  const bytes = Array.from(token, (char) => BYTE_OF.get(char));
  return bytes.every((b) => b !== undefined) ? Uint8Array.from(bytes) : new TextEncoder().encode(token);
}
