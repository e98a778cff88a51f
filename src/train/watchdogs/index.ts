// The watchdogs of GRPO: checks, settings, and the sink that runs them.
export { type WatchdogName, type WatchedRow, watchdogNames, watchdogs } from './checks.ts';
export { defaultWatchdogs, type WatchdogSettings, watchdogsSchema } from './config.ts';
export { ALARMS, findAlarms, type Watch, watch } from './watch.ts';
