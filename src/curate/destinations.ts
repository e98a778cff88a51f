// Who gets what when a curation runs: the host of each expert, where it is, and what goes there. Pure. For the estimate before a run and
// the card of its data set.
import { addressKind } from '../base/ip-address.ts';
import { expertOf } from './bill.ts';
import type { CurateConfig, ExpertConfig } from './config.ts';
import { askingStages } from './state/port.ts';

export interface Destination {
  readonly expert: keyof CurateConfig['experts'];
  readonly host: string;
  readonly where: 'this machine' | 'your network' | 'a third party';
  /** How videos go there, by a seeing expert. */
  readonly video: ExpertConfig['video'];
  readonly model: string;
}

const count = (n: number): string => n.toLocaleString('en-US');

/** Where a host is, as far as its address or name tells. */
export function whereIs(host: string): Destination['where'] {
  const name = host.replace(/^\[|\]$/g, '').toLowerCase();
  const kind = addressKind(name);
  if (kind === 'loopback' || name === 'localhost') return 'this machine';
  if (kind !== 'unknown') return kind === 'private' || kind === 'link-local' ? 'your network' : 'a third party';
  return /\.(local|lan|internal)$/.test(name) || !name.includes('.') ? 'your network' : 'a third party';
}

export function destinationsOf({ experts }: CurateConfig): Destination[] {
  return askingStages.flatMap((stage) => {
    const expert = expertOf[stage];
    const settings = experts[expert];
    if (settings?.baseURL === undefined || settings.model === undefined) return [];
    const { hostname, host } = new URL(settings.baseURL);
    return [{ expert, host, where: whereIs(hostname), video: settings.video, model: settings.model }];
  });
}

/** What of the media goes to a seeing expert: frames without sound, or whole files. */
export function mediaSent(video: Destination['video'], { videos, images }: { videos: number; images: number }): string {
  const whole = video !== 'frames' && video !== 'jpeg_video';
  const shown = whole ? `${count(videos)} whole videos with their sound` : `frames of ${count(videos)} videos`;
  return `${shown}, ${count(images)} images`;
}

/** What an expert gets to see, given how its pictures are put in words. */
export const sentTo = (expert: Destination['expert'], pictures: string): string =>
  ({
    describer: `${pictures}; no questions`,
    reasoner: 'questions, options, and the descriptions of all media; no pictures',
    refiner: `${pictures}; questions, options and drafts`,
    judge: 'free-form questions, reference answers and generated ones; no pictures',
  })[expert];
