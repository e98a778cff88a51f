// The drawings that are neither shapes nor texts: bars, a glass, the beam of a balance.
import { balanceGeometry, barGeometry, glassGeometry } from './geometry.ts';
import { type Figure, size } from './scene.ts';
import { lineRgb, type Rgb, rgbOf } from './vocab.ts';

/** Fills the pixels x0 ≤ x < x1, y0 ≤ y < y1. */
function fillBox(data: Uint8Array, x0: number, y0: number, x1: number, y1: number, rgb: Rgb): void {
  for (let y = Math.max(0, y0); y < Math.min(size, y1); y++) {
    for (let x = Math.max(0, x0); x < Math.min(size, x1); x++) data.set(rgb, (y * size + x) * 3);
  }
}

/** A straight line with round ends, `width` px thick. */
function drawLine(
  data: Uint8Array,
  from: readonly [number, number],
  to: readonly [number, number],
  width: number,
): void {
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  const length2 = dx * dx + dy * dy;
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const [px, py] = [x + 0.5 - from[0], y + 0.5 - from[1]];
      const t = Math.max(0, Math.min(1, (px * dx + py * dy) / length2));
      const coverage = Math.min(1, width / 2 + 0.5 - Math.hypot(px - t * dx, py - t * dy));
      const at = (y * size + x) * 3;
      if (coverage <= 0) continue;
      for (let c = 0; c < 3; c++) data[at + c] += Math.round((lineRgb[c] - data[at + c]) * coverage);
    }
  }
}

function drawBars(data: Uint8Array, { bars }: Extract<Figure, { type: 'bars' }>): void {
  const { baseline, width, gap } = barGeometry;
  const left = Math.round((size - bars.length * width - (bars.length - 1) * gap) / 2);
  bars.forEach(({ colour, height }, i) => {
    const x = left + i * (width + gap);
    fillBox(data, x, baseline - height, x + width, baseline, rgbOf[colour]);
  });
  fillBox(data, 4, baseline, size - 4, baseline + 2, lineRgb);
}

function drawGlass(data: Uint8Array, { colour, level }: Extract<Figure, { type: 'glass' }>): void {
  const { left, right, top, bottom, wall } = glassGeometry;
  fillBox(data, left, bottom - Math.round((bottom - top) * level), right, bottom, rgbOf[colour]);
  fillBox(data, left - wall, top, left, bottom + wall, lineRgb);
  fillBox(data, right, top, right + wall, bottom + wall, lineRgb);
  fillBox(data, left - wall, bottom, right + wall, bottom + wall, lineRgb);
}

function drawBalance(data: Uint8Array, { heavier }: Extract<Figure, { type: 'balance' }>): void {
  const { left, right, level, swing, radius, pivot, foot } = balanceGeometry;
  const drop = { left: swing, right: -swing, neither: 0 }[heavier];
  const beam = level - radius - 3;
  drawLine(data, [left, beam + drop], [right, beam - drop], 3);
  drawLine(data, [pivot, beam], [pivot, foot], 3);
  drawLine(data, [pivot - 12, foot], [pivot + 12, foot], 3);
}

/** Draws what a figure has besides objects and texts. */
export function drawFigure(data: Uint8Array, figure: Figure): void {
  if (figure.type === 'bars') drawBars(data, figure);
  if (figure.type === 'glass') drawGlass(data, figure);
  if (figure.type === 'balance') drawBalance(data, figure);
}
