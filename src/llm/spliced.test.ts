// Spliced text gives the bytes that JSON.stringify gives. Leaves out: requests (openai.test.ts, wire.test.ts).
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { SplicedText } from './spliced.ts';
import { requestBody } from './wire.ts';

describe('spliced text', () => {
  it('gives the bytes of JSON.stringify, whatever stands around it', () => {
    const spliced = new SplicedText();
    const parts = [randomBytes(1).toString('base64'), '', randomBytes(70_001).toString('base64')];
    const value = (at: (text: string) => string) => [
      { a: `"é\n${at(parts[0])}🎬` },
      at(parts[1]),
      { '': at(parts[2]) },
      '雪\\',
    ];
    const bytes = spliced.fill(JSON.stringify(value((text) => spliced.later(text))));
    expect(Buffer.from(bytes).equals(Buffer.from(JSON.stringify(value((text) => text))))).toBe(true);
  });

  it('is text as it is where nothing was spliced or all of it replaced, and refuses to lose a part', () => {
    const spliced = new SplicedText();
    expect(Buffer.from(spliced.fill('"é"')).toString()).toBe('"é"');
    const mark = spliced.later('QUJD');
    spliced.later('REVG');
    expect(Buffer.from(spliced.fill('{}')).toString()).toBe('{}');
    expect(() => spliced.fill(JSON.stringify(mark))).toThrow('a part of the marks');
  });

  it('keeps pictures of a request in their places, and lets extraBody replace the messages', () => {
    const jpegs = [1, 2, 3].map((n) => randomBytes(1000 * n));
    const content = jpegs.map((jpeg, i) => ({ type: 'image' as const, jpeg, timeSeconds: i / 3 }));
    const body = (extraBody: Record<string, string[]>) => {
      const request = { messages: [{ role: 'user' as const, content }], temperature: 0, max_tokens: 9 };
      return JSON.parse(Buffer.from(requestBody(request, { model: 'é', jsonMode: 'none', extraBody })).toString());
    };
    const parts: { image_url?: { url: string } }[] = body({}).messages[0].content;
    const urls = parts.flatMap(({ image_url }) => image_url?.url ?? []);
    expect(urls).toEqual(jpegs.map((jpeg) => `data:image/jpeg;base64,${jpeg.toString('base64')}`));
    expect(body({ messages: [] }).messages).toEqual([]);
  });
});
