// A preview in the terminal: each sample with its facts, each stage's prompt in full, pictures as a line of what they are.
import type { ChatPart } from '../../llm/port.ts';
import { frameLabel } from '../../llm/wire.ts';
import type { CurateConfig } from '../config.ts';
import type { Preview, PreviewPrompt, PreviewSample } from './collect.ts';
import { mediaFacts, moments, promptFacts, recipient, size, statusText, videoForms } from './facts.ts';
import { textRuns } from './gaps.ts';

const rule = (title: string) => `── ${title} ${'─'.repeat(Math.max(3, 100 - title.length))}`;
const indented = (text: string) => text.replace(/^(?=.)/gm, '  ');
/** Characters that would steer the terminal. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are exactly the characters to be replaced
const steering = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;
const written = (text: string) =>
  textRuns(text)
    .map((run) => (run.isGap ? `⟦${run.text}⟧` : run.text))
    .join('');

function picturesLine(images: readonly Extract<ChatPart, { type: 'image' }>[]): string {
  const bytes = size(images.reduce((sum, { jpeg }) => sum + jpeg.length, 0));
  if (images[0].timeSeconds === undefined) return `[the picture, ${bytes}]`;
  const label = frameLabel(images[0].timeSeconds);
  return `[${images.length} frames at ${moments(images)}, ${bytes} in all, each after its time: "${label}"]`;
}

function videoLine({ source, frames }: Extract<ChatPart, { type: 'video' }>): string {
  const form = videoForms[source.kind];
  if (source.kind === 'url') return `[${form} ${source.url}, ${frames} frames to be looked at]`;
  const bytes =
    source.kind === 'jpegs' ? source.jpegs.reduce((sum, { length }) => sum + length, 0) : source.data.length;
  return `[${form}, ${size(bytes)}, ${frames} frames to be looked at]`;
}

/** Parts in order; pictures that follow each other are one line. */
function partLines(parts: readonly ChatPart[]): string[] {
  const lines: string[] = [];
  for (let at = 0; at < parts.length; at++) {
    const part = parts[at];
    if (part.type === 'text') lines.push(written(part.text));
    else if (part.type === 'video') lines.push(videoLine(part));
    else {
      const images = [part];
      for (let next = parts[at + 1]; next?.type === 'image'; next = parts[at + 1])
        images.push(parts[++at] as typeof part);
      lines.push(picturesLine(images));
    }
  }
  return lines;
}

function promptText(each: PreviewPrompt, sample: PreviewSample, config: CurateConfig): string {
  const messages = each.prompt.messages.map(({ role, content }) => {
    const lines = partLines(typeof content === 'string' ? [{ type: 'text', text: content }] : content);
    return `${role}:\n${indented(lines.join('\n'))}`;
  });
  const answer = each.answer === undefined ? [] : [`stored answer:\n${indented(JSON.stringify(each.answer, null, 2))}`];
  return [
    `${each.stage} → ${recipient(each, config)}: ${statusText[each.status]}`,
    promptFacts(each, sample, config).join(' · '),
    ...messages,
    ...answer,
  ].join('\n');
}

function sampleText(each: PreviewSample, index: number, config: CurateConfig): string {
  const { sample, file, line } = each.row;
  const { problem_id, data_type, problem_type, skill, data_source } = sample;
  const kind = [data_type, problem_type, skill, data_source].filter(Boolean).join(', ');
  const head = [rule(`sample ${index + 1}: ${problem_id}`), `${kind} · ${file}:${line}`, mediaFacts(each)];
  if (each.problem) {
    const { reason, fix } = each.problem;
    return [...head, `would be set aside: ${reason}${fix ? ` ${fix}` : ''}`].join('\n');
  }
  return [...head, '', each.prompts.map((prompt) => promptText(prompt, each, config)).join('\n\n')].join('\n');
}

export function formatPreview({ samples, rows }: Preview, config: CurateConfig): string {
  const head = `preview, nobody was asked: ${samples.length} of ${rows.usable} usable samples (${rows.total} rows)`;
  const text = [head, ...samples.map((each, i) => sampleText(each, i, config))].join('\n\n');
  return text.replace(steering, '\ufffd');
}
