// Command-line flags of a configuration: node:util parseArgs in strict mode, one flag per key, and their texts turned
// into values. Leaves out: defaults, files and validation (config.ts).
import { parseArgs } from 'node:util';
import { parse as parseYaml } from 'yaml';
import type { ConfigKey, KeyKind } from './config-schema.ts';
import { VideorftError } from './errors.ts';
import { suggestionFix } from './suggest.ts';

export interface ParsedFlags {
  /** Values given, by dotted key. */
  readonly values: ReadonlyMap<ConfigKey, unknown>;
  readonly positionals: readonly string[];
  readonly help: boolean;
  /** Path after --config. */
  readonly file: string | undefined;
}

/** A misuse of the command line: printed without a stack, exit status 2. */
export class UsageError extends VideorftError {}

function usage(message: string, fix?: string): UsageError {
  return new UsageError(message, { code: 'config-flag', fix });
}

/** Refuses unknown flags with a suggestion, and joins '--scale -1' to '--scale=-1', which parseArgs calls ambiguous. */
function normalize(args: readonly string[], keys: readonly ConfigKey[]): string[] {
  const known = new Map(keys.map((key) => [key.flag, key.kind]));
  const all = ['help', 'config', ...known.keys()];
  const out: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i];
    if (arg === '--') return [...out, ...args.slice(i)];
    if (!arg.startsWith('--')) {
      out.push(arg);
      continue;
    }
    const name = arg.slice(2).split('=', 1)[0];
    const negated = name.startsWith('no-') && known.get(name.slice(3)) === 'boolean';
    if (!all.includes(name) && !negated) {
      throw usage(
        `unknown flag --${name}`,
        suggestionFix(name.replace(/^no-/, ''), all, (flag) => `--${flag}`),
      );
    }
    const value = args[i + 1];
    const joins = known.get(name) === 'number' && !arg.includes('=') && /^-\.?\d/.test(value ?? '');
    out.push(joins ? `${arg}=${args[++i]}` : arg);
  }
  return out;
}

function scalar(key: ConfigKey, kind: KeyKind, text: string): unknown {
  if (key.nullable && /^(none|null)$/i.test(text)) return null;
  if (kind === 'value') return parseYaml(text);
  if (kind !== 'number') return text;
  const number = Number(text);
  if (text.trim() === '' || Number.isNaN(number)) throw usage(`--${key.flag} needs a number, not "${text}"`);
  return number;
}

function parseValue(key: ConfigKey, raw: unknown): unknown {
  if (typeof raw === 'boolean') return raw;
  const texts = raw as string | readonly string[];
  if (typeof texts === 'string') return scalar(key, key.kind, texts);
  return texts.flatMap((text) => (text === '' ? [] : text.split(','))).map((text) => scalar(key, key.element!, text));
}

/**
 * Parses arguments for these keys, besides --help and --config FILE. Lists take commas or repeated flags, booleans have a
 * --no- form, a nullable key takes 'none'. Throws UsageError (code 'config-flag') for an unknown or malformed flag.
 */
export function parseFlags(
  args: readonly string[],
  keys: readonly ConfigKey[],
  allowPositionals: boolean,
): ParsedFlags {
  const options: Record<string, { type: 'boolean' | 'string'; multiple?: boolean; short?: string }> = {
    help: { type: 'boolean', short: 'h' },
    config: { type: 'string' },
  };
  for (const key of keys) {
    options[key.flag] = { type: key.kind === 'boolean' ? 'boolean' : 'string', multiple: key.kind === 'list' };
  }
  let parsed: { values: Record<string, unknown>; positionals: string[] };
  try {
    parsed = parseArgs({ args: normalize(args, keys), options, allowPositionals, allowNegative: true, strict: true });
  } catch (error) {
    if (error instanceof VideorftError) throw error;
    throw usage((error as Error).message.split('\n', 1)[0]);
  }
  const values = new Map<ConfigKey, unknown>();
  for (const key of keys) {
    const raw = parsed.values[key.flag];
    if (raw !== undefined) values.set(key, parseValue(key, raw));
  }
  const { help, config } = parsed.values as { help?: boolean; config?: string };
  return { values, positionals: parsed.positionals, help: help === true, file: config };
}
