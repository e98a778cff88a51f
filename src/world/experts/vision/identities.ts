// Who is in the clip: the (colour, shape) pairs, voted over all frames, and which blobs of each frame belong to whom.
// Objects of the micro-world differ in colour or shape, so a pair names an object; pieces of a half hidden object are joined.
import { type Colour, colourNames, type Shape } from '../palette.ts';
import type { Blob, Picture } from './picture.ts';

export interface Row {
  /** Blobs that show the object in one picture, [] where it is not seen. */
  readonly blobs: readonly Blob[];
  /** The blob is this object and another one of its colour, run into each other. */
  readonly merged: boolean;
}

export interface Identity {
  readonly colour: Colour;
  readonly shape: Shape;
  /** One per picture. */
  readonly rows: readonly Row[];
}

const ofColour = (picture: Picture, colour: Colour) => picture.blobs.filter((b) => b.component.colour === colour);

/** Weighted votes for each shape; blobs that stand alone and whole count most. */
function shapeVotes(blobs: readonly Blob[]): [Shape, number][] {
  const votes = new Map<Shape, number>();
  for (const { component, guess, clean, touching } of blobs) {
    const weight = component.area * guess.margin * (clean ? 1 : touching ? 0.05 : 0.3);
    votes.set(guess.shape, (votes.get(guess.shape) ?? 0) + weight);
  }
  return [...votes].sort((a, b) => b[1] - a[1]);
}

/** Shapes of one colour: as many as are ever seen apart at once, and a further one only on strong, repeated evidence. */
function shapesOf(pictures: readonly Picture[], colour: Colour): Shape[] {
  const perPicture = pictures.map((p) => ofColour(p, colour));
  const votes = shapeVotes(perPicture.flat());
  if (votes.length === 0) return [];
  const apart = Math.max(1, ...perPicture.map((blobs) => blobs.filter((b) => !b.touching).length));
  const strong = votes.filter(([shape, weight], rank) => {
    const clear = perPicture.flat().filter((b) => b.clean && b.guess.shape === shape && b.guess.margin > 0.08);
    return rank < apart || (clear.length >= 2 && weight > 0.3 * votes[0][1]);
  });
  return strong.map(([shape]) => shape);
}

const lastSeen = (history: readonly Row[]) =>
  history.findLast((row) => row.blobs.length > 0 && !row.merged)?.blobs[0].component;

/** How badly a blob fits an identity: wrong shape, and distance from where it was last seen. */
function misfit(blob: Blob, shape: Shape, history: readonly Row[]): number {
  const last = lastSeen(history);
  const distance = last ? Math.hypot(blob.component.cx - last.cx, blob.component.cy - last.cy) : 20;
  const wrong = blob.guess.shape === shape ? 0 : 200 * blob.guess.margin + 10;
  return wrong * (blob.clean ? 1 : 0.2) + distance;
}

/** One picture's blobs of a colour, given to its shapes: cheapest pair first. */
function rowsAt(free: readonly Blob[], shapes: readonly Shape[], histories: readonly (readonly Row[])[]): Blob[][] {
  if (shapes.length === 1) return [[...free]];
  const rows = shapes.map((): Blob[] => []);
  const pairs = free.flatMap((blob) =>
    shapes.map((shape, k) => ({ blob, k, cost: misfit(blob, shape, histories[k]) })),
  );
  for (const { blob, k } of pairs.sort((a, b) => a.cost - b.cost)) {
    if (rows[k].length === 0 && !rows.flat().includes(blob)) rows[k].push(blob);
  }
  return rows;
}

/** Largest area at which an identity has been seen so far. */
const fullArea = (history: readonly Row[]) =>
  Math.max(0, ...history.map((row) => (row.merged ? 0 : (row.blobs[0]?.component.area ?? 0))));

/** A blob as big as two objects of its colour that were apart before is both of them. */
function mergedBlob(
  rows: readonly Blob[][],
  histories: readonly (readonly Row[])[],
  missing: number,
): Blob | undefined {
  const lost = fullArea(histories[missing]);
  return rows.flat().find((blob) => {
    const known = fullArea(histories[rows.findIndex((row) => row.includes(blob))]);
    return lost > 0 && known > 0 && blob.component.area > 0.85 * (lost + known);
  });
}

/** Gives the blobs of one colour to its shapes, frame by frame. */
function assign(pictures: readonly Picture[], colour: Colour, shapes: readonly Shape[]): Identity[] {
  const histories = shapes.map((): Row[] => []);
  for (const picture of pictures) {
    const rows = rowsAt(ofColour(picture, colour), shapes, histories);
    const joint = rows.map((row, k) => (row.length === 0 ? mergedBlob(rows, histories, k) : undefined)).find(Boolean);
    rows.forEach((row, k) => {
      const merged = joint !== undefined && (row.length === 0 || row.includes(joint));
      histories[k].push({ blobs: merged ? [joint] : row, merged });
    });
  }
  return shapes.map((shape, k) => ({ colour, shape, rows: histories[k] }));
}

/** Everyone seen in the clip, in the order of the palette. */
export function identify(pictures: readonly Picture[]): Identity[] {
  return colourNames.flatMap((colour) => assign(pictures, colour, shapesOf(pictures, colour)));
}
