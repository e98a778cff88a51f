// A progress bar on stderr: done of total, rate, time left, one status text. On a terminal it redraws its line; elsewhere
// (a log file, CI) it prints a line every few seconds at most. Leaves out: several bars at once.
import { addLiveLine } from './log.ts';

export interface ProgressOptions {
  readonly label: string;
  readonly total: number;
  /** Items that were done before this process (a resumed run): they do not count in the rate. */
  readonly initial?: number;
  /** What is counted, plural: 'steps', 'samples'. */
  readonly unit?: string;
  readonly stream?: { readonly isTTY?: boolean; readonly columns?: number; write(text: string): unknown };
  /** Clock in milliseconds. */
  readonly now?: () => number;
  /** Least time between two redraws or lines, in milliseconds. Default 100 on a terminal, 5,000 elsewhere. */
  readonly intervalMs?: number;
}

export interface Progress {
  /** Counts items as done, and replaces the status text if one is given. */
  advance(items?: number, status?: string): void;
  /** Counts items as done that took no work (they were there already): they do not count in the rate. */
  skip(items?: number): void;
  /** Sets the number done. */
  set(done: number, status?: string): void;
  /** Draws the final state and ends the line. */
  finish(status?: string): void;
}

/** '7 s', '3 min 05 s', '2 h 04 min'. */
export function formatDuration(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  const two = (n: number) => String(n).padStart(2, '0');
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${two(s % 60)} s`;
  return `${Math.floor(s / 3600)} h ${two(Math.floor((s % 3600) / 60))} min`;
}

function formatRate(perSecond: number, unit: string): string {
  if (perSecond >= 1) return `${perSecond.toFixed(perSecond < 10 ? 1 : 0)} ${unit}/s`;
  return `${(1 / perSecond).toFixed(1)} s each`;
}

function bar(fraction: number, width = 20): string {
  const full = Math.round(Math.min(1, Math.max(0, fraction)) * width);
  return '█'.repeat(full) + '░'.repeat(width - full);
}

interface State {
  readonly done: number;
  readonly fresh: number;
  readonly seconds: number;
  readonly status: string;
  readonly final: boolean;
}

/** The bar's text: label, bar, counts, rate, time left (at the end: time taken), status. */
function render({ label, total, unit = 'items' }: ProgressOptions, state: State): string {
  const parts = [`${label} ${bar(total > 0 ? state.done / total : 1)} ${state.done}/${total} ${unit}`];
  const rate = state.seconds > 0 ? state.fresh / state.seconds : 0;
  if (rate > 0) parts.push(formatRate(rate, unit));
  if (state.final) parts.push(formatDuration(state.seconds));
  else if (rate > 0) parts.push(`${formatDuration((total - state.done) / rate)} left`);
  if (state.status) parts.push(state.status);
  return parts.join(' · ');
}

/** Starts a progress bar; nothing is drawn before the first `advance` or `set`. Call `finish` also when work fails. */
export function createProgress(options: ProgressOptions): Progress {
  const { stream = process.stderr, now = Date.now } = options;
  const tty = stream.isTTY === true;
  const interval = options.intervalMs ?? (tty ? 100 : 5000);
  const start = now();
  let initial = options.initial ?? 0;
  let done = initial;
  let status = '';
  let text = '';
  let drawnAt = Number.NEGATIVE_INFINITY;
  const hide = () => void (text && stream.write('\r\x1b[K'));
  const show = () => void (text && stream.write(text));
  const removeLive = tty ? addLiveLine({ hide, show }) : () => undefined;

  const draw = (final: boolean) => {
    const time = now();
    if (!final && time - drawnAt < interval) return;
    drawnAt = time;
    const line = render(options, { done, fresh: done - initial, seconds: (time - start) / 1000, status, final });
    if (!tty) return void stream.write(`${line}\n`);
    hide();
    text = line.slice(0, (stream.columns ?? 100) - 1);
    show();
  };
  const set = (to: number, newStatus?: string) => {
    done = to;
    status = newStatus ?? status;
    draw(false);
  };
  return {
    set,
    skip(items = 1) {
      initial += items;
      set(done + items);
    },
    advance: (items = 1, newStatus) => set(done + items, newStatus),
    finish: (newStatus) => {
      status = newStatus ?? status;
      draw(true);
      if (tty) stream.write('\n');
      removeLive();
    },
  };
}

export interface LazyProgress {
  set(done: number, total: number, status?: string): void;
  finish(): void;
}

/** A bar for work that may turn out to be none, or short: nothing is drawn before it has taken `afterMs` (default 1,000). */
export function lazyProgress({
  afterMs = 1000,
  ...options
}: Omit<ProgressOptions, 'total'> & { readonly afterMs?: number }): LazyProgress {
  const { now = Date.now } = options;
  const start = now();
  let bar: Progress | undefined;
  return {
    set(done, total, status) {
      if (!bar && now() - start < afterMs) return;
      bar ??= createProgress({ ...options, total });
      bar.set(done, status);
    },
    finish: () => bar?.finish(''),
  };
}
