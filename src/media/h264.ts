// Which coded H.264 pictures no other picture is predicted from, by the headers of their NAL units (ITU-T H.264, 7.3.1 and 7.4.1), as mp4 stores them:
// each behind its length (ISO/IEC 14496-15). Leaves out: everything inside the units, and streams with start codes.

/** Bytes of the length before each unit, from avcC; undefined where the stream is not stored so. */
export function unitLengthBytes(extradata: Uint8Array | null): number | undefined {
  return extradata && extradata.length >= 7 && extradata[0] === 1 ? (extradata[4] & 3) + 1 : undefined;
}

const SLICE = 1;
/** Enhancement information, access unit delimiter, filler: later pictures are decoded the same without them. */
const ALONE = new Set([6, 9, 12]);

/** Whether a picture can be left out without changing any other: slices with nal_ref_idc 0, and nothing that holds for later pictures. */
export function isUnreferenced(data: Uint8Array, lengthBytes: number): boolean {
  let slices = 0;
  let at = 0;
  while (at + lengthBytes < data.length) {
    let size = 0;
    for (let i = 0; i < lengthBytes; i++) size = size * 256 + data[at + i];
    const header = data[at + lengthBytes];
    const type = header & 31;
    if (size === 0 || (type === SLICE ? header >> 5 !== 0 : !ALONE.has(type))) return false;
    if (type === SLICE) slices++;
    at += lengthBytes + size;
  }
  return slices > 0 && at === data.length;
}
