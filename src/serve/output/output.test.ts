// Text on its way out: however it is cut into pieces, the same comes out as from the whole text, computed here the slow way.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { tinyTokenizer } from '../../../test/support/tiny-model.ts';
import { parseCompletion } from '../../prompt/parse.ts';
import { CompletionOutput, type Finish, type OutputOptions, type Piece } from './completion.ts';
import { heldBack } from './held-back.ts';
import { ReasoningSplitter } from './reasoning.ts';
import { StopMatcher } from './stop.ts';

/** `text` cut at the given places. */
function cut(text: string, places: readonly number[]): string[] {
  const at = [...new Set(places.map((p) => p % (text.length + 1)))].sort((a, b) => a - b);
  return [...at, text.length].map((end, i) => text.slice(i === 0 ? 0 : at[i - 1], end));
}

test('what may begin a marker is held back, and no more', () => {
  expect(['a', 'a<', 'a<think', 'a<think>', '<<', 'x</thi'].map((t) => heldBack(t, '<think>'))).toEqual([
    0, 1, 6, 0, 1, 0,
  ]);
  expect(heldBack('aaa', 'aaaa')).toBe(3);
});

describe('stop sequences', () => {
  test('the text before the first that is completed, whatever the pieces', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 30 });
    const stops = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 4 }), {
      maxLength: 3,
    });
    fc.assert(
      fc.property(text, stops, fc.array(fc.nat(), { maxLength: 12 }), (whole, list, places) => {
        const matcher = new StopMatcher(list);
        let [out, stopped] = ['', false];
        for (const piece of cut(whole, places)) {
          const passed = matcher.push(piece);
          out += passed.text;
          // Shown text is never taken back, so it may not even begin what completes later.
          for (const stop of list) expect(out).not.toContain(stop);
          stopped = passed.stopped;
          if (stopped) break;
        }
        if (!stopped) out += matcher.end();
        // Without a piece boundary inside: the earliest match. With one: a match that ends earlier may win over one that begins earlier.
        const ends = list.map((s) => whole.indexOf(s)).filter((i) => i >= 0);
        expect(stopped).toBe(ends.length > 0);
        if (!stopped) expect(out).toBe(whole);
        else expect(whole.startsWith(out) && list.some((s) => whole.startsWith(s, out.length))).toBe(true);
      }),
    );
  });

  test('one that spans three pieces', () => {
    const matcher = new StopMatcher(['END.']);
    expect(['so E', 'N', 'D', '.x'].map((p) => matcher.push(p))).toEqual([
      { text: 'so ', stopped: false },
      { text: '', stopped: false },
      { text: '', stopped: false },
      { text: '', stopped: true },
    ]);
    const other = new StopMatcher(['END.']);
    expect(['so E', 'N', 'Dx'].map((p) => other.push(p).text).join('|')).toBe('so ||ENDx');
  });
});

describe('reasoning', () => {
  const texts = [
    '<think>a < b</think>\n<answer>A</answer>',
    'no tags at all <',
    '  <think></think><answer>B</answer>',
    'first <think>x</th</think> then <think>y</think>',
    '<think>never closed </thin',
    '</think>late<think>z</think>',
  ];

  test.each(texts)('%s: the same as of the whole text', (text) => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 20 }), fc.boolean(), (places, prefilled) => {
        const splitter = new ReasoningSplitter(prefilled);
        const out = cut(text, places).map((p) => splitter.push(p));
        const got = out.join('') + splitter.end();
        const whole = (prefilled ? '<think>' : '') + text;
        const open = whole.indexOf('<think>');
        const want =
          parseCompletion(text, { prefilledThink: prefilled }).think ?? (open < 0 ? '' : whole.slice(open + 7));
        expect(got).toBe(want);
      }),
    );
  });
});

describe('a completion', () => {
  const tokenizer = tinyTokenizer();
  const row = Float32Array.from({ length: tokenizer.size }, (_, i) => -1 - 0.01 * i);
  const plain: OutputOptions = { stop: [], topLogprobs: undefined, prefilledThink: false };

  function run(text: string, options: Partial<OutputOptions>, last: Finish = 'stop') {
    const output = new CompletionOutput(tokenizer, { ...plain, ...options });
    const tokens = tokenizer.encode(text);
    const pieces: Piece[] = [];
    for (const [i, token] of tokens.entries()) {
      pieces.push(output.push(token, row, last === 'length' && i === tokens.length - 1 ? 'length' : undefined));
      if (pieces.at(-1)?.finish) break;
    }
    if (!pieces.at(-1)?.finish) pieces.push(output.push(tokenizer.idOf('<|im_end|>'), row, 'stop'));
    const join = (key: 'text' | 'reasoning') => pieces.map((p) => p[key]).join('');
    return {
      output,
      pieces,
      text: join('text'),
      reasoning: join('reasoning'),
      logprobs: pieces.flatMap((p) => p.logprobs),
    };
  }

  test.each(['A red circle 🔴 moves.', '<think>見る</think>\n<answer>左</answer>', ''])(
    '%s: text, reasoning and tokens',
    (text) => {
      for (const last of ['stop', 'length'] as const) {
        const got = run(text, { topLogprobs: 2 }, last);
        expect(got.text).toBe(text);
        expect(got.reasoning).toBe(parseCompletion(text).think ?? '');
        expect(got.logprobs.flatMap((l) => l.bytes)).toEqual([...new TextEncoder().encode(text)]);
        expect(got.pieces.at(-1)?.finish).toBe(text === '' ? 'stop' : last);
        for (const l of got.logprobs) expect(l.top_logprobs.map((t) => t.logprob)).toEqual([-1, row[1]]);
        // No piece shows half a character.
        for (const p of got.pieces) expect(p.text).not.toContain('\uFFFD');
      }
    },
  );

  test('what is cut off in a character shows it as broken', () => {
    const output = new CompletionOutput(tokenizer, plain);
    const [first] = tokenizer.encode('🔴');
    const { text, finish } = output.push(first, row, 'length');
    expect([text, finish]).toEqual(['\uFFFD', 'length']);
  });

  test('a stop sequence across tokens ends it; tokens that are all in it are not told', () => {
    const got = run('one two three', { stop: ['o th'], topLogprobs: 0 });
    expect([got.text, got.pieces.at(-1)?.finish]).toEqual(['one tw', 'stop']);
    expect(got.logprobs.map((l) => l.token).join('')).toMatch(/^one tw/);
    expect(got.logprobs.map((l) => l.token).join('')).not.toContain('three');
    expect(got.output.tokens).toBeGreaterThan(got.logprobs.length);
  });

  test('tokens of the reasoning are counted', () => {
    const { output } = run('<think>left</think>right', {});
    const count = (text: string) => tokenizer.encode(text).length;
    expect(output.reasoningTokens).toBeGreaterThanOrEqual(count('left'));
    expect(output.reasoningTokens).toBeLessThanOrEqual(count('left</think>'));
    expect(output.tokens).toBe(count('<think>left</think>right') + 1);
  });
});
