// An estimate as lines for the terminal: the table of stages, what it rests on, and what would leave this machine.
import { formatDuration } from '../base/progress.ts';
import { formatCost } from './bill.ts';
import { type Destination, mediaSent, sentTo } from './destinations.ts';
import { assumed, type CurationEstimate, type StageEstimate } from './estimate.ts';
import { type AskingStage, askingStages } from './state/port.ts';

/** Media that are named one by one. */
const NAMED = 5;

const count = (n: number): string => Math.round(n).toLocaleString('en-US');

function megabytes(bytes: number): string {
  return bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1000))} kB` : `${count(bytes / 1e6)} MB`;
}

function stageLine(
  stage: string,
  { calls, answered, promptTokens, completionTokens, cost, hours, batched, measured }: StageEstimate,
) {
  const known = answered > 0 ? ` (${count(answered)} answered already)` : '';
  const money = cost === null ? 'no price' : `cost ${formatCost(cost)}`;
  const basis = measured ? 'as measured' : 'assumed';
  const tokens = `${count(promptTokens)} + ${count(completionTokens)} tokens`;
  return `${stage}: ${count(calls)} calls${known}, ${tokens}, ${money}, ${formatDuration(hours * 3600)}${batched ? ' at most, in batches' : ''} (${basis})`;
}

/** Without the judge where it has nothing to do. */
const shown = (stages: CurationEstimate['stages']): AskingStage[] =>
  askingStages.filter((stage) => stage !== 'judge' || stages.judge.calls + stages.judge.answered > 0);

function basisLines({ look, stages }: CurationEstimate): string[] {
  const looked = `looked at ${look.lookedAt} media: ${look.framesPerMedia.toFixed(1)} frames and ${megabytes(look.bytesPerMedia)} each`;
  const bad = look.undecodable > 0 ? `, ${look.undecodable} cannot be decoded` : '';
  const guesses = shown(stages).filter((stage) => !stages[stage].measured);
  const said = guesses.map((stage) => {
    const { tokens, perFrame, seconds } = assumed[stage];
    return `${stage} ${tokens}${perFrame ? ` + ${perFrame} a frame` : ''} tokens in ${seconds} s`;
  });
  const assumption = `assumed, until ten are answered: ${said.join('; ')}; a token is 4 characters or 28 × 28 pixels`;
  return [looked + bad, ...(guesses.length > 0 ? [assumption] : [])];
}

function destinationLine({ expert, host, where, video }: Destination, { media, look }: CurationEstimate): string {
  const shown = { videos: media.videos.length, images: media.images.length };
  const bytes = video === 'frames' || video === 'jpeg_video' ? look.bytesPerMedia : look.fileBytesPerMedia;
  const size = megabytes((shown.videos + shown.images) * bytes);
  return `${expert} → ${host} (${where}): ${sentTo(expert, `${mediaSent(video, shown)}, about ${size}`)}`;
}

/** The first media by name, and how many more. */
function named({ media: { videos, images } }: CurationEstimate): string {
  const all = [...videos, ...images];
  const more = all.length > NAMED ? ` and ${count(all.length - NAMED)} more` : '';
  return `${all.slice(0, NAMED).join(', ')}${more}`;
}

export function formatEstimate(estimate: CurationEstimate): string {
  const { rows, media, stages, cost, hours, destinations } = estimate;
  const gone = destinations.filter(({ where }) => where !== 'this machine');
  const missing = media.missing > 0 ? `; ${count(media.missing)} media are missing` : '';
  return [
    `dry run, nobody was asked: ${count(rows.usable)} of ${count(rows.total)} rows are usable${missing}`,
    ...shown(stages).map((stage) => stageLine(stage, stages[stage])),
    `in all: ${cost > 0 ? `cost ${formatCost(cost)}, ` : ''}${formatDuration(hours * 3600)} with every expert at its most requests at once`,
    ...basisLines(estimate),
    gone.length > 0 ? `what leaves this machine (media: ${named(estimate)}):` : 'nothing leaves this machine:',
    ...destinations.map((destination) => `  ${destinationLine(destination, estimate)}`),
  ].join('\n');
}
