// Rotation metadata of phone videos: read the display matrix, turn the pixels by quarter turns.
// Leaves out: mirroring and other angles, which cameras do not write.

export type QuarterTurn = 0 | 90 | 180 | 270;

/**
 * Clockwise degrees by which the decoded picture has to be turned, from FFmpeg's display matrix (nine int32, 16.16 fixed
 * point, row-major; libavutil/display.h). Missing or crooked matrices give 0.
 */
export function clockwiseDegrees(matrix: Uint8Array | null): QuarterTurn {
  if (!matrix || matrix.length < 36) return 0;
  const view = new DataView(matrix.buffer, matrix.byteOffset, matrix.length);
  const [cos, sin] = [view.getInt32(0, true), view.getInt32(4, true)];
  if (cos === 0 && sin === 0) return 0;
  const degrees = (Math.atan2(sin, cos) * 180) / Math.PI;
  const turn = (((Math.round(degrees / 90) * 90) % 360) + 360) % 360;
  return turn === 90 || turn === 180 || turn === 270 ? turn : 0;
}

/** RGB pixels [height, width, 3] turned clockwise; for 90 and 270 the result is [width, height, 3]. 0 returns the input. */
export function rotateRgb(data: Uint8Array, width: number, height: number, turn: QuarterTurn): Uint8Array {
  if (turn === 0) return data;
  const out = new Uint8Array(data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const s = (y * width + x) * 3;
      const d = turnedIndex(x, y, width, height, turn) * 3;
      out[d] = data[s];
      out[d + 1] = data[s + 1];
      out[d + 2] = data[s + 2];
    }
  }
  return out;
}

function turnedIndex(x: number, y: number, width: number, height: number, turn: QuarterTurn): number {
  if (turn === 90) return x * height + (height - 1 - y);
  if (turn === 180) return (height - 1 - y) * width + (width - 1 - x);
  return (width - 1 - x) * height + y;
}
