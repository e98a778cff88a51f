// Finds configuration keys that nothing reads: hand the recorded copy to the code, then ask for the unread keys.
// A knob that does nothing is a bug; the tests of every command use this.
import { type ConfigSchema, configKeys } from './config-schema.ts';

export interface RecordedConfig<T> {
  readonly config: T;
  /** Dotted names of the keys that have not been read so far. */
  unread(): string[];
}

function watch(value: object, path: string, seen: Set<string>): object {
  return new Proxy(value, {
    get(target, property, receiver) {
      const found: unknown = Reflect.get(target, property, receiver);
      if (typeof property !== 'string') return found;
      const name = path ? `${path}.${property}` : property;
      seen.add(name);
      const isNested = typeof found === 'object' && found !== null && !Array.isArray(found);
      return isNested ? watch(found, name, seen) : found;
    },
  });
}

/** A copy of `config` that remembers which of the schema's keys have been read. Spreading it reads every key. */
export function recordReads<T extends object>(schema: ConfigSchema, config: T): RecordedConfig<T> {
  const seen = new Set<string>();
  const names = configKeys(schema).map((key) => key.name);
  return { config: watch(config, '', seen) as T, unread: () => names.filter((name) => !seen.has(name)) };
}
