// The open sample: medium and description on one side, question and chain on the other.
import type { Detail } from '../api.ts';
import { chain } from './chain.ts';
import { fill, h } from './dom.ts';
import { type Player, player } from './media.ts';
import { origin, question, why } from './question.ts';
import { timeline } from './timeline.ts';

export interface SampleView {
  readonly element: HTMLElement;
  /** Shows a sample; one that is open already keeps its player where it is. */
  show(detail: Detail | undefined, curation: boolean): void;
  nextView(): void;
  togglePlay(): void;
  seek(seconds: number): void;
}

export function sampleView(): SampleView {
  const element = h('div', { class: 'sample', tabindex: '-1' });
  let playing: { readonly n: number; readonly player: Player; readonly side: HTMLElement } | undefined;
  let nextView: () => void = () => undefined;

  /** The side with the medium, made once for each sample: a decision must not stop the video. */
  function sideOf(detail: Detail): HTMLElement {
    if (playing?.n === detail.n) return playing.side;
    playing?.player.end();
    const seen = detail.description && timeline(detail.description);
    const shown = player(detail.n, detail.id, (video) => seen?.attach(video));
    const side = h('div', { class: 'seen' }, shown.element, seen?.element);
    playing = { n: detail.n, player: shown, side };
    return side;
  }

  return {
    element,
    show(detail, curation) {
      if (!detail) {
        playing?.player.end();
        playing = undefined;
        return void fill(element, h('p', { class: 'empty' }, 'Choose a sample.'));
      }
      const fresh = playing?.n !== detail.n;
      const side = sideOf(detail);
      const reasoning = chain(detail);
      nextView = reasoning.nextView;
      const said = h(
        'div',
        { class: 'told' },
        question(detail),
        why(detail),
        reasoning.element,
        origin({ ...detail, curation }),
      );
      if (fresh) {
        fill(element, side, said);
        element.scrollTop = 0;
      } else element.replaceChild(said, element.lastElementChild!);
    },
    nextView: () => nextView(),
    togglePlay() {
      const video = playing?.player.video;
      if (video?.paused) void video.play();
      else video?.pause();
    },
    seek(seconds) {
      const video = playing?.player.video;
      if (video) video.currentTime = Math.max(0, Math.min(video.duration, video.currentTime + seconds));
    },
  };
}
