// Escaping, word differences and marked spans: text that models wrote must come out whole and harmless.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderCompletion, renderStrip } from './completion-view.ts';
import { documentMarkdown } from './document.ts';
import type { EvalReport } from './eval-data.ts';
import { sampleSection } from './eval-samples.ts';
import { html, rawHtml } from './html.ts';
import { wordDiff } from './word-diff.ts';

/** What a browser's text content would be, for the markup that this folder produces. */
const textContent = (markup: string) =>
  markup
    .replace(/<[^>]*>/g, '')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&#39;/g, "'")
    .replace(/&#96;/g, '`')
    .replace(/&amp;/g, '&');

const printable = fc.string({ unit: fc.constantFrom(...'ab .<>&"\'`/=', '<think>', '</answer>', '<script>', '\n') });

describe('html template', () => {
  it('escapes text and attributes, joins lists, drops nothing-values, keeps markup', () => {
    const evil = '<img src=x onerror="alert(1)">';
    const out = html`<b title="${evil}">${evil}${[1, ' & ', html`<i>x</i>`]}${null}${false}${undefined}${0}</b>`.markup;
    const safe = '&lt;img src=x onerror=&quot;alert(1)&quot;&gt;';
    expect(out).toBe(`<b title="${safe}">${safe}1 &amp; <i>x</i>0</b>`);
    expect(html`${rawHtml('<svg/>')}`.markup).toBe('<svg/>');
    expect(html`a${'\u0000'}b`.markup).toBe('a\ufffdb');
  });

  it('gives any text back unchanged and never a tag of it', () => {
    fc.assert(
      fc.property(printable, (text) => {
        const { markup } = html`${text}`;
        expect(textContent(markup)).toBe(text);
        expect(markup).not.toMatch(/[<>"']/);
      }),
    );
  });
});

it('what a model said is text in Markdown, in a line as well as in a fence', () => {
  const said = 'B\n# <img src=x>\n~~~\n[link](http://x)';
  const card = {
    ...{ id: 'q*1*', path: 'a|b.mp4', groups: '', type: 'OCR', question: '~~~~ Which?', options: [], reference: 'B' },
    ...{ outcome: 'wrong', extracted: said, score: 0, tokens: 1, output: said, error: null, reflections: 0 },
    ...{ frames: [], framesNote: '' },
  };
  const report = { results: [{ label: 'r', samples: [card] }], outcomes: ['wrong'], samplesShown: 1 };
  const section = sampleSection(report as unknown as EvalReport);
  const text = documentMarkdown({ title: 't', lead: [], commands: [], sections: [section], footer: '' });
  expect(text).toContain(
    '**Question q\\*1\\*** (OCR, a\\|b.mp4): **wrong**, answer read: B # \\<img src=x\\> \\~\\~\\~ [link\\](http://x)\n',
  );
  expect(text).toContain(`\n~~~~\nB\n\n${said}\n~~~~\n`);
});

describe('completion view', () => {
  const output = '<think>It asks. A red circle moves left.</think>\n<answer>A</answer>';

  it('sets tags apart and marks exactly the span', () => {
    const { markup } = renderCompletion(output, { start: 16, end: 40 });
    expect(output.slice(16, 40)).toBe('A red circle moves left.');
    expect(markup).toContain('<mark>A red circle moves left.</mark>');
    expect(markup.match(/class="tag"/g)).toHaveLength(4);
  });

  it('shows every character once, wherever the span lies', () => {
    fc.assert(
      fc.property(printable, fc.nat(40), fc.nat(40), (text, start, length) => {
        const { markup } = renderCompletion(text, { start, end: start + length });
        const marked = [...markup.matchAll(/<mark>(.*?)<\/mark>/gs)].map((match) => textContent(match[1])).join('');
        expect(textContent(markup)).toBe(text);
        expect(marked).toBe(text.slice(start, start + length));
      }),
    );
  });

  it('shows small frames twice their size with their times, large ones within 224 px', () => {
    const frame = (width: number, time: number) => ({ src: 'data:image/png;base64,AA==', width, height: width, time });
    const strip = renderStrip([frame(84, 0), frame(768, 1.5)])!.markup;
    expect(strip).toContain('width="168" height="168"');
    expect(strip).toContain('width="224" height="224"');
    expect(strip).toContain('1.50 s');
    expect(renderStrip([])).toBeNull();
  });
});

describe('word difference', () => {
  const join = (parts: ReturnType<typeof wordDiff>, without: string) =>
    parts
      .filter((part) => part.kind !== without)
      .map((part) => part.text)
      .join('');

  it('marks the words that changed and no others', () => {
    expect(wordDiff('A red circle moves right.', 'A blue circle moves left.')).toEqual([
      { kind: 'same', text: 'A ' },
      { kind: 'removed', text: 'red ' },
      { kind: 'added', text: 'blue ' },
      { kind: 'same', text: 'circle moves ' },
      { kind: 'removed', text: 'right.' },
      { kind: 'added', text: 'left.' },
    ]);
    expect(wordDiff('same', 'same')).toEqual([{ kind: 'same', text: 'same' }]);
    expect(wordDiff('', '')).toEqual([]);
  });

  it('holds both texts exactly, and keeps a longest common subsequence', () => {
    const wordList = fc.array(fc.constantFrom('a ', 'b ', 'c\n', 'd  '), { maxLength: 9 });
    fc.assert(
      fc.property(wordList, wordList, (before, after) => {
        const parts = wordDiff(before.join(''), after.join(''));
        expect(join(parts, 'added')).toBe(before.join(''));
        expect(join(parts, 'removed')).toBe(after.join(''));
        expect(
          join(
            parts.filter((part) => part.kind === 'same'),
            '',
          ).match(/\w/g)?.length ?? 0,
        ).toBe(longestCommon(before, after));
      }),
    );
  });

  /** Independent oracle: plain recursion over all choices. */
  function longestCommon(a: readonly string[], b: readonly string[]): number {
    if (a.length === 0 || b.length === 0) return 0;
    if (a[0] === b[0]) return 1 + longestCommon(a.slice(1), b.slice(1));
    return Math.max(longestCommon(a.slice(1), b), longestCommon(a, b.slice(1)));
  }

  it('shows very long, wholly different texts as replaced', () => {
    const parts = wordDiff('x '.repeat(3000), 'y '.repeat(3000));
    expect(parts.map((part) => part.kind)).toEqual(['removed', 'added']);
  });
});
