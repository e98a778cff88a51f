// What every current browser shows as it is: by the first bytes of a file and the codec in it. Pure. A browser that cannot after all asks for a copy.

const ascii = (head: Uint8Array, from: number, to: number) => String.fromCharCode(...head.subarray(from, to));

/** Media type of a picture that browsers show; undefined for others (TIFF, HEIC). */
export function imageType(head: Uint8Array): string | undefined {
  if (head[0] === 0x89 && ascii(head, 1, 4) === 'PNG') return 'image/png';
  if (head[0] === 0xff && head[1] === 0xd8) return 'image/jpeg';
  if (ascii(head, 8, 12) === 'WEBP') return 'image/webp';
  return ascii(head, 4, 12) === 'ftypavif' ? 'image/avif' : undefined;
}

const CODECS = { mp4: ['h264', 'vp9', 'av1'], webm: ['vp8', 'vp9', 'av1'] } as const;

export function playsInBrowsers(head: Uint8Array, codec: string): { readonly plays: boolean; readonly type: string } {
  const webm = head[0] === 0x1a && head[1] === 0x45 && head[2] === 0xdf && head[3] === 0xa3;
  const mp4 = ascii(head, 4, 8) === 'ftyp';
  const form = mp4 ? 'mp4' : webm ? 'webm' : undefined;
  if (form === undefined) return { plays: false, type: 'application/octet-stream' };
  return { plays: (CODECS[form] as readonly string[]).includes(codec), type: `video/${form}` };
}
