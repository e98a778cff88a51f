// `videorft config COMMAND`: the command's configuration with its defaults as YAML, each key explained, ready to be
// edited and passed back with --config.
import { z } from 'zod';
import { dumpConfig } from '../base/config.ts';
import { UsageError } from '../base/config-flags.ts';
import { type ConfigSchema, configKeys } from '../base/config-schema.ts';
import { suggestionFix } from '../base/suggest.ts';
import { defineCommand } from './command.ts';

/** Defaults as a tree; a required key has the value null, and is to be filled in. */
export function defaultTree(schema: ConfigSchema): Record<string, unknown> {
  const tree: Record<string, unknown> = {};
  for (const key of configKeys(schema)) {
    // An optional key without a default stays away: present, it would have to have a value.
    if (key.default === undefined && !key.required) continue;
    let at = tree;
    for (const name of key.path.slice(0, -1)) {
      at[name] ??= {};
      at = at[name] as Record<string, unknown>;
    }
    at[key.path[key.path.length - 1]] = key.required ? null : key.default;
  }
  return tree;
}

/** Keys that are absent unless given, as comments: a file with every key. */
function absentKeys(schema: ConfigSchema): string[] {
  const absent = configKeys(schema).filter((key) => key.default === undefined && !key.required);
  if (absent.length === 0) return [];
  return ['', '# Absent unless given:', ...absent.map((key) => `# ${key.name}: ${key.description}`)];
}

export const command = defineCommand({
  about: 'Write it to a file, change what you like, and pass it back: videorft COMMAND --config FILE.',
  positionals: 'COMMAND',
  examples: [{ args: 'config doctor > doctor.yaml', does: 'a file with every key of doctor and its explanation' }],
  schema: z.object({}),
  run: async ({ positionals, print }) => {
    const { commands } = await import('./commands.ts');
    const names = commands.map((entry) => entry.name);
    const given = positionals.join(' ');
    const entry = commands.find(({ name }) => name === given);
    if (!entry) {
      const message = given ? `${given} is not a command` : 'name the command whose configuration you want';
      throw new UsageError(message, { code: 'config-flag', fix: suggestionFix(given, names) });
    }
    const { command: named } = await entry.load();
    const yaml = dumpConfig(defaultTree(named.schema), named.schema).trimEnd();
    print([yaml, ...absentKeys(named.schema)].join('\n'));
    return 0;
  },
});
