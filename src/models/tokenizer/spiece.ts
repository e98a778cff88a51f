// sentencepiece's model file (spiece.model) as data: a protocol buffer with the pieces, their scores and the character map. Field numbers are
// those of sentencepiece_model.proto. Leaves out: models other than Unigram, and what the file says about its training.
import { VideorftError } from '../../base/errors.ts';
import { readBytesIfPresent } from '../../base/if-present.ts';

export interface SentencePieces {
  /** Piece and score, in the order of ids. */
  readonly vocab: readonly (readonly [string, number])[];
  readonly unk_id: number;
  /** In base64, as tokenizer.json has it; empty where the model changes no characters. */
  readonly precompiled_charsmap: string;
}

const UNIGRAM: number = 1;
const UNKNOWN_PIECE: number = 2;

class Damaged extends Error {}

/** The fields of a message: numbers of their wire types 0 and 5, bytes of type 2. */
function* fieldsOf(bytes: Buffer): Generator<{ field: number; value: number | Buffer }> {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; at < bytes.length; scale *= 128) {
      const byte = bytes[at++];
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
    throw new Damaged('a number is cut off');
  };
  const take = (count: number): Buffer => {
    if (at + count > bytes.length) throw new Damaged('a field is cut off');
    at += count;
    return bytes.subarray(at - count, at);
  };
  while (at < bytes.length) {
    const key = varint();
    const wire = key % 8;
    const field = (key - wire) / 8;
    if (wire === 0) yield { field, value: varint() };
    else if (wire === 2) yield { field, value: take(varint()) };
    else if (wire === 5) yield { field, value: take(4).readFloatLE(0) };
    else if (wire === 1) take(8);
    else throw new Damaged(`wire type ${wire}`);
  }
}

function fieldOf<T extends number | Buffer>(bytes: Buffer, wanted: number, otherwise: T): T {
  let found = otherwise;
  for (const { field, value } of fieldsOf(bytes)) if (field === wanted) found = value as T;
  return found;
}

function parse(bytes: Buffer): SentencePieces {
  const vocab: [string, number][] = [];
  let unk_id = -1;
  let kind = UNIGRAM;
  let charsmap: Buffer = Buffer.alloc(0);
  for (const { field, value } of fieldsOf(bytes)) {
    if (typeof value === 'number') continue;
    if (field === 1) {
      if (fieldOf<number>(value, 3, 1) === UNKNOWN_PIECE) unk_id = vocab.length;
      vocab.push([fieldOf(value, 1, Buffer.alloc(0)).toString(), fieldOf(value, 2, 0)]);
    }
    if (field === 2) kind = fieldOf(value, 3, UNIGRAM);
    if (field === 3) charsmap = fieldOf(value, 2, charsmap);
  }
  if (kind !== UNIGRAM) throw new Damaged(`model type ${kind} is not Unigram`);
  if (unk_id < 0) throw new Damaged('it has no unknown piece');
  return { vocab, unk_id, precompiled_charsmap: charsmap.toString('base64') };
}

/** The pieces of a file, undefined where there is none. Throws 'tokenizer-files' for a file that is no Unigram model. */
export async function readSentencePieces(file: string): Promise<SentencePieces | undefined> {
  const bytes = await readBytesIfPresent(file);
  if (bytes === undefined) return undefined;
  try {
    return parse(bytes);
  } catch (cause) {
    if (!(cause instanceof Damaged)) throw cause;
    throw new VideorftError(`not a Unigram model of sentencepiece: ${cause.message}`, {
      code: 'tokenizer-files',
      facts: { file },
      fix: 'copy or download the file again',
      cause,
    });
  }
}
