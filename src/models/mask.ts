// Additive attention masks, for every model and for generation over any.

/** Added to the score of what must not be seen; 0 to what may. */
export const HIDDEN = -1e9;
