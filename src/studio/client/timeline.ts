// The structured description on a timeline: a stretch for each moment until the next one, and beneath it what was seen there. A click goes there in
// the video; while it plays, the moment that is on is marked.
import type { Description, Moment } from '../api.ts';
import { append, button, clock, facts, h } from './dom.ts';

export interface Timeline {
  readonly element: HTMLElement;
  attach(video: HTMLVideoElement): void;
}

const listed = (details: Moment['details']) =>
  facts(details.map(([name, values]) => [name, values.join('; ')] as const));

export function timeline(description: Description): Timeline {
  const { moments, caption, details } = description;
  const sorted = moments.toSorted((a, b) => a.time - b.time);
  let video: HTMLVideoElement | undefined;
  const seek = (time: number) => {
    if (video) video.currentTime = Math.min(time + 0.001, video.duration || time);
  };
  const stretches = sorted.map((moment, i) =>
    button('', () => seek(moment.time), {
      class: 'stretch',
      title: `${clock(moment.time)} ${moment.caption}`,
      'aria-label': `Moment ${i + 1} at ${clock(moment.time)}`,
    }),
  );
  const head = h('div', { class: 'playhead' });
  const track = h(
    'div',
    { class: 'track', role: 'group', 'aria-label': 'Moments of the description' },
    stretches,
    head,
  );
  const entries = sorted.map((moment) =>
    h(
      'li',
      {},
      button(clock(moment.time), () => seek(moment.time), { class: 'time' }),
      h('div', {}, h('p', {}, moment.caption), listed(moment.details)),
    ),
  );
  const list = h('ol', { class: 'moments' }, entries);
  const element = h(
    'section',
    { class: 'description' },
    h('h3', {}, 'What the describer saw'),
    h('p', {}, caption),
    listed(details),
  );
  if (sorted.length > 0) append(element, [track, list]);

  const lay = (duration: number) => {
    const end = Math.max(duration, ...sorted.map(({ time }) => time)) || 1;
    sorted.forEach(({ time }, i) => {
      const until = sorted[i + 1]?.time ?? end;
      stretches[i].style.left = `${(100 * time) / end}%`;
      stretches[i].style.width = `${(100 * Math.max(until - time, end / 200)) / end}%`;
    });
  };
  // Until the video's length is known, as if the last moment were its end.
  lay((sorted.at(-1)?.time ?? 0) * 1.1);

  const follow = ({ currentTime, duration }: HTMLVideoElement) => {
    head.style.left = `${(100 * currentTime) / (duration || 1)}%`;
    const on = sorted.findLastIndex(({ time }) => time <= currentTime + 0.002);
    entries.forEach((entry, i) => {
      const current = String(i === on);
      if (entry.getAttribute('aria-current') === current) return;
      entry.setAttribute('aria-current', current);
      stretches[i].classList.toggle('on', i === on);
      if (i === on) list.scrollTo({ top: entry.offsetTop - list.offsetTop - 8, behavior: 'smooth' });
    });
  };
  return {
    element,
    attach(playing) {
      video = playing;
      lay(playing.duration);
      for (const event of ['timeupdate', 'seeked']) playing.addEventListener(event, () => follow(playing));
      follow(playing);
    },
  };
}
