// The medium of a sample: the video playing, or the picture; while a copy is made, how far it is; what is wrong with the file, if it cannot be shown.

import type { MediaState } from '../api.ts';
import { button, fill, h } from './dom.ts';
import { server } from './http.ts';

const ASK_AGAIN_MS = 400;

export interface Player {
  readonly element: HTMLElement;
  /** Present once there is a video to play. */
  readonly video: HTMLVideoElement | undefined;
  /** Stops playing and asking. */
  end(): void;
}

/** `ready` hears of the video once its length is known. */
export function player(n: number, label: string, ready: (video: HTMLVideoElement) => void): Player {
  const element = h('div', { class: 'medium' });
  let video: HTMLVideoElement | undefined;
  let ended = false;
  let timer = 0;

  const note = (text: string, more = '') => h('p', { class: 'note' }, text, more);

  function showImage(url: string, text: string): void {
    const image = h('img', { src: url, alt: `Picture of sample ${label}` });
    image.addEventListener('error', () => fill(element, note('The browser cannot show this picture.', ` (${text})`)));
    fill(element, image, note(text));
  }

  function showVideo({ url, note: text, converted }: Extract<MediaState, { state: 'ready' }>): void {
    const shown = h('video', {
      src: url,
      controls: true,
      loop: true,
      playsinline: true,
      preload: 'auto',
      'aria-label': `Video of sample ${label}`,
    });
    shown.muted = true;
    video = shown;
    shown.addEventListener('loadedmetadata', () => ready(shown), { once: true });
    shown.addEventListener(
      'error',
      () => {
        if (ended || shown !== video) return;
        video = undefined;
        if (converted) fill(element, note('The browser cannot play the converted video either.', ` (${text})`));
        else void look(true);
      },
      { once: true },
    );
    fill(
      element,
      shown,
      note(text, converted ? ' · shown as a copy in H.264, because browsers do not play the original' : ''),
    );
  }

  function show(state: MediaState, convert: boolean): void {
    if (state.state === 'ready' && state.kind === 'image') showImage(state.url, state.note);
    else if (state.state === 'ready') showVideo(state);
    else if (state.state === 'failed')
      fill(
        element,
        h(
          'div',
          { class: 'nothing' },
          h('b', {}, 'This medium cannot be shown'),
          h('p', {}, state.reason),
          h('p', {}, state.fix),
        ),
        button('Try again', () => void look(convert)),
      );
    else {
      const percent = Math.round(state.share * 100);
      const bar = h('progress', { max: 100, value: percent, 'aria-label': 'Conversion' });
      fill(
        element,
        h('div', { class: 'nothing' }, h('b', {}, `Converting for the browser: ${percent} %`), bar, note(state.note)),
      );
      timer = window.setTimeout(() => void look(convert), ASK_AGAIN_MS);
    }
  }

  async function look(convert: boolean): Promise<void> {
    try {
      const state = await server.media(n, convert);
      if (!ended) show(state, convert);
    } catch (error) {
      if (!ended) show({ state: 'failed', reason: (error as Error).message, fix: '' }, convert);
    }
  }

  void look(false);
  return {
    element,
    get video() {
      return video;
    },
    end() {
      ended = true;
      clearTimeout(timer);
      video?.pause();
      video?.removeAttribute('src');
      video?.load();
    },
  };
}
