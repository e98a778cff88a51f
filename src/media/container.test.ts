// Kinds by bytes, hints for text files, and promised against present bytes.
import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { failureOf } from '../../test/support/failure.ts';
import { scratchFolder } from '../../test/support/media.ts';
import { inspectFile, kindOfBytes, promisedBytes, textHint } from './container.ts';

const at = await scratchFolder();
const latin = (text: string) => Uint8Array.from(text, (c) => c.charCodeAt(0));
const box = (size: number, type: string, fill = 0) =>
  Uint8Array.from([0, 0, size >> 8, size & 255, ...latin(type), ...new Array<number>(fill).fill(1)]);

describe('container', () => {
  it('tells pictures, videos and text apart by content', () => {
    expect(kindOfBytes(latin('\x89PNG\r\n\x1a\n'))).toBe('image');
    expect(kindOfBytes(latin('\xff\xd8\xff\xe0'))).toBe('image');
    expect(kindOfBytes(latin('RIFF\0\0\0\0WEBPVP8 '))).toBe('image');
    expect(kindOfBytes(latin('RIFF\0\0\0\0AVI LIST'))).toBe('video');
    expect(kindOfBytes(latin('\0\0\0 ftypisom'))).toBe('video');
    expect(kindOfBytes(latin('\x1a\x45\xdf\xa3\x01'))).toBe('video');
    expect(kindOfBytes(latin('just words\n'))).toBe('text');
    expect(kindOfBytes(latin('\x00\x01\x02\x03'))).toBe('unknown');
  });

  it('says why a text file may be there', () => {
    expect(textHint(latin('version https://git-lfs.github.com/spec/v1'))).toContain('git lfs pull');
    expect(textHint(latin('<!DOCTYPE html><html>'))).toContain('download failed');
    expect(textHint(latin('hello'))).toContain('text file');
  });

  it('missing files, folders and empty files are different errors', async () => {
    await writeFile(at('empty.mp4'), '');
    expect((await failureOf(inspectFile(at('absent.mp4')))).code).toBe('media-missing');
    expect((await failureOf(inspectFile(at('.')))).code).toBe('media-missing');
    expect((await failureOf(inspectFile(at('empty.mp4')))).code).toBe('media-empty');
  });

  it('adds up what the container promises', async () => {
    const whole = Buffer.concat([box(16, 'ftyp', 8), box(12, 'moov', 4), box(20, 'mdat', 12)]);
    await writeFile(at('whole.mp4'), whole);
    expect(await promisedBytes(at('whole.mp4'), whole.length)).toBe(whole.length);
    await writeFile(at('cut.mp4'), whole.subarray(0, 40));
    expect(await promisedBytes(at('cut.mp4'), 40)).toBe(whole.length);
    await writeFile(at('noindex.mp4'), Buffer.concat([box(16, 'ftyp', 8), box(20, 'mdat', 12)]));
    expect(await promisedBytes(at('noindex.mp4'), 36)).toBe(Number.POSITIVE_INFINITY);
    await writeFile(at('clip.avi'), latin('RIFF\x64\0\0\0AVI '));
    expect(await promisedBytes(at('clip.avi'), 12)).toBe(108);
  });
});
