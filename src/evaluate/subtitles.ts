// Subtitles (.srt) → the lines spoken while the sampled frames were shown, each once, in order. Leaves out: styles, other formats.

export interface Cue {
  /** Seconds. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

const seconds = (h: string, m: string, s: string, ms: string) =>
  Number(h) * 3600 + Number(m) * 60 + Number(s) + Number(ms) / 1000;
const TIMES = /(\d+):(\d\d):(\d\d)[,.](\d{3})\s*-->\s*(\d+):(\d\d):(\d\d)[,.](\d{3})/;

/** Cues in the file's order; blocks without times are left out. */
export function parseSrt(srt: string): Cue[] {
  return srt.split(/\r?\n(?:[ \t]*\r?\n)+/).flatMap((block) => {
    const lines = block.split(/\r?\n/);
    const at = lines.findIndex((line) => TIMES.test(line));
    const times = at < 0 ? null : TIMES.exec(lines[at]);
    if (!times) return [];
    const [, a, b, c, d, e, f, g, h] = times;
    const text = lines
      .slice(at + 1)
      .join(' ')
      .replaceAll(/<[^>]*>|\{\\[^}]*\}/g, '')
      .replaceAll(/\s+/g, ' ')
      .trim();
    return text === '' ? [] : { start: seconds(a, b, c, d), end: seconds(e, f, g, h), text };
  });
}

/** The text of the cues that are on at one of the times. */
export const spokenAt = (cues: readonly Cue[], times: readonly number[]): string =>
  cues
    .filter(({ start, end }) => times.some((time) => time >= start && time < end))
    .map(({ text }) => text)
    .join('\n');
