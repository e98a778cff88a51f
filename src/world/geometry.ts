// Fixed measures of the drawings in still images, pixels.

/** Bars stand on the baseline; three or four of them, centred. */
export const barGeometry = { baseline: 78, width: 14, gap: 5 } as const;

/** Inside of the glass; filled to `level` of its height. */
export const glassGeometry = { left: 26, right: 58, top: 10, bottom: 74, wall: 3 } as const;

/** Centres of the two weights on a level beam, how far they swing up or down, their radius; the beam's pivot and the foot's height. */
export const balanceGeometry = { left: 16, right: 68, level: 46, swing: 11, radius: 9, pivot: 42, foot: 76 } as const;
