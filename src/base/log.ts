// Messages for people, on stderr, so that stdout holds results only. A progress bar that is being redrawn makes room.
// Leaves out: files and JSON (runs/ records what a run did).

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';
const order: readonly LogLevel[] = ['debug', 'info', 'warn', 'error', 'silent'];

let threshold: LogLevel = 'info';

/** Messages below this level are not printed. Default 'info'. */
export function setLogLevel(level: LogLevel): void {
  threshold = level;
}

/** A line at the bottom of the terminal that is being redrawn: hidden before a message, drawn again after it. */
export interface LiveLine {
  hide(): void;
  show(): void;
}
const live = new Set<LiveLine>();

/** Registers a live line; the returned function takes it off again. */
export function addLiveLine(line: LiveLine): () => void {
  live.add(line);
  return () => void live.delete(line);
}

function print(level: LogLevel, message: string): void {
  if (order.indexOf(level) < order.indexOf(threshold)) return;
  for (const line of live) line.hide();
  process.stderr.write(`${level === 'warn' || level === 'error' ? `${level}: ` : ''}${message}\n`);
  for (const line of live) line.show();
}

export const log = {
  debug: (message: string) => print('debug', message),
  info: (message: string) => print('info', message),
  warn: (message: string) => print('warn', message),
  error: (message: string) => print('error', message),
};
