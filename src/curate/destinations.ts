// Who gets what when a curation runs: the host of each expert, where it is, and what goes there. Pure. For the estimate before a run and
// the card of its data set.
import { expertOf } from './bill.ts';
import type { CurateConfig } from './config.ts';
import { askingStages } from './state/port.ts';

export interface Destination {
  readonly expert: keyof CurateConfig['experts'];
  readonly host: string;
  readonly where: 'this machine' | 'your network' | 'a third party';
}

/** Where a host is, as far as its name tells. */
export function whereIs(host: string): Destination['where'] {
  const name = host.replace(/^\[|\]$/g, '').toLowerCase();
  if (name === 'localhost' || name === '::1' || /^127\./.test(name)) return 'this machine';
  const near = /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|169\.254\.|f[cd][0-9a-f]{2}:|fe80:)/;
  return near.test(name) || /\.(local|lan|internal)$/.test(name) || !name.includes('.')
    ? 'your network'
    : 'a third party';
}

export function destinationsOf({ experts }: CurateConfig): Destination[] {
  return askingStages.map((stage) => {
    const expert = expertOf[stage];
    const { hostname, host } = new URL(experts[expert].baseURL);
    return { expert, host, where: whereIs(hostname) };
  });
}

/** What an expert gets to see, given how its pictures are put in words. */
export const sentTo = (expert: Destination['expert'], pictures: string): string =>
  ({
    describer: `${pictures}; no questions`,
    reasoner: 'questions, options, and the descriptions of all media; no pictures',
    refiner: `${pictures}; questions, options and drafts`,
  })[expert];
