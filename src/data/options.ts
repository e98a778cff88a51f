// Letters of the options of a multiple choice as the published form writes them ("A. left"). Leaves out: what an answer means (rewards/).

/** The letter that an option begins with, and what sets it off. */
export const optionLabel = /^\s*\(?([A-Z])\s*[.):]\s*/;

export const letterAt = (index: number): string => String.fromCharCode(65 + index);

/** Labels "A. ", "B. ", … in front, where they are not there already in order. */
export function withLetters(options: readonly string[]): string[] {
  const labelled = options.every((option, i) => optionLabel.exec(option)?.[1] === letterAt(i));
  return labelled ? [...options] : options.map((option, i) => `${letterAt(i)}. ${option}`);
}
