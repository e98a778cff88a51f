// The watchdogs of a run: a sink that looks at every metrics row on its way, warns once per watchdog, notes it in the row, and asks the
// run to stop where that is wanted. What it has said is read back from the rows, so a resumed run does not say it again.
import { VideorftError } from '../../base/errors.ts';
import { log } from '../../base/log.ts';
import type { TrainSink } from '../sink.ts';
import { type WatchdogName, type WatchedRow, watchdogNames, watchdogs } from './checks.ts';
import type { WatchdogSettings } from './config.ts';

export interface Alarm {
  readonly name: WatchdogName;
  readonly found: string;
  readonly stop: boolean;
}

/** The key of a metrics row that holds what watchdogs found at its step, one a line. */
export const ALARMS = 'watchdogs';

/** What the watchdogs that have not spoken yet find in the rows so far. */
export function findAlarms(
  rows: readonly WatchedRow[],
  settings: WatchdogSettings,
  silent: ReadonlySet<string> = new Set(),
): Alarm[] {
  return watchdogNames.flatMap((name) => {
    if (settings[name] === 'off' || silent.has(name)) return [];
    const found = watchdogs[name].check(rows, settings.bounds[name]);
    return found === undefined ? [] : [{ name, found, stop: settings[name] === 'stop' }];
  });
}

/** The watchdogs that have spoken in these rows. */
function spokenIn(rows: readonly WatchedRow[]): Set<string> {
  const lines = rows.flatMap((row) => (typeof row[ALARMS] === 'string' ? row[ALARMS].split('\n') : []));
  return new Set(lines.map((line) => line.split(':', 1)[0]));
}

const lineOf = ({ name, found }: Alarm) => `${name}: ${found}; ${watchdogs[name].look}`;

export interface Watch {
  readonly sink: TrainSink;
  /** Aborted when a watchdog asks for the end: the loop then leaves a checkpoint and ends. */
  readonly stop: AbortSignal;
  /** The error that the run ends with; undefined while none has asked for the end. */
  stopped(): VideorftError | undefined;
}

/** Puts the watchdogs before a sink. `earlier`: the rows of the run so far. */
export function watch(sink: TrainSink, settings: WatchdogSettings, earlier: readonly WatchedRow[] = []): Watch {
  const rows = [...earlier];
  const spoken = spokenIn(rows);
  const controller = new AbortController();
  let ended: VideorftError | undefined;
  const look = (row: WatchedRow): Alarm[] => {
    rows.push(row);
    const alarms = findAlarms(rows, settings, spoken);
    for (const alarm of alarms) {
      spoken.add(alarm.name);
      log.warn(`watchdog, step ${row.step}: ${lineOf(alarm)}`);
    }
    return alarms;
  };
  return {
    stop: controller.signal,
    stopped: () => ended,
    sink: {
      ...sink,
      async metrics(row) {
        const alarms = look(row);
        await sink.metrics(alarms.length === 0 ? row : { ...row, [ALARMS]: alarms.map(lineOf).join('\n') });
        const ending = alarms.find(({ stop }) => stop);
        if (!ending || ended) return;
        ended = stopError(ending, row.step);
        controller.abort(ended);
      },
    },
  };
}

const stopError = ({ name, found }: Alarm, step: number) =>
  new VideorftError(`the watchdog ${name} stopped the run after step ${step}: ${found}`, {
    code: 'train-watchdog',
    facts: { watchdog: name, step },
    fix: `${watchdogs[name].look}. Started again, the run goes on (the watchdog has spoken); --watchdogs.${name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)} warn does not stop`,
  });
