// Where a prompt waits for an answer that is not there yet: a mark that no text of a person holds, put in by one part of the preview and found by another.
import { expertOf } from '../bill.ts';
import { type AskingStage, askingStages } from '../state/port.ts';

/** Characters of a private use area. */
const [OPEN, CLOSE] = ['\ue0f0', '\ue0f1'];
/** A gap, and the quotes that JSON puts around it. */
const pattern = new RegExp(`"?${OPEN}(${askingStages.join('|')})${CLOSE}"?`, 'g');

export const gap = (stage: AskingStage): string => `${OPEN}${stage}${CLOSE}`;

const names = { describe: 'description', reason: 'draft', refine: 'revision', judge: 'judgement' } as const;

/** What stands in a gap, in words. */
export const gapText = (stage: AskingStage): string =>
  `the ${expertOf[stage]}'s ${names[stage]}, which is not there yet`;

export interface TextRun {
  readonly text: string;
  readonly isGap: boolean;
}

/** The text with its gaps apart, in words. */
export function textRuns(text: string): TextRun[] {
  const runs: TextRun[] = [];
  let from = 0;
  for (const match of text.matchAll(pattern)) {
    runs.push({ text: text.slice(from, match.index), isGap: false });
    runs.push({ text: gapText(match[1] as AskingStage), isGap: true });
    from = match.index + match[0].length;
  }
  runs.push({ text: text.slice(from), isGap: false });
  return runs.filter((run) => run.text !== '');
}
