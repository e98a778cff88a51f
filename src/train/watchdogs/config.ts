// The watchdogs' settings: what each does when it finds something, and its bound. Defaults: all warn.
import { z } from 'zod';
import { type WatchdogName, watchdogNames, watchdogs } from './checks.ts';

const actions = ['warn', 'stop', 'off'] as const;
export type WatchdogAction = (typeof actions)[number];

type Keys<T> = { [K in WatchdogName]: T };
const each = <T>(make: (name: WatchdogName) => T): Keys<T> =>
  Object.fromEntries(watchdogNames.map((name) => [name, make(name)])) as Keys<T>;

const action = z.enum(actions).default('warn');
const bound = z.number().positive();

export const watchdogsSchema = z.strictObject({
  ...each((name) => action.describe(`${watchdogs[name].about} stop: ends the run resumably.`)),
  bounds: z
    .strictObject(each((name) => bound.default(watchdogs[name].bound.value).describe(watchdogs[name].bound.about)))
    .prefault({})
    .describe('From where on each says something.'),
});
export type WatchdogSettings = z.output<typeof watchdogsSchema>;
export const defaultWatchdogs: WatchdogSettings = watchdogsSchema.parse({});
