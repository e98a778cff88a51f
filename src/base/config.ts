// One schema per configuration: a zod object whose keys all have .describe(…) gives the type, the flags, the help, the
// file format and the written record. Order of precedence: defaults < file < flags. An unknown key or flag is an error
// with a suggestion. Leaves out: environment variables (secrets are read where they are used, never stored).
import { readFile } from 'node:fs/promises';
import { Document, isMap, isScalar, parseDocument, type YAMLMap } from 'yaml';
import type { z } from 'zod';
import { parseFlags } from './config-flags.ts';
import { type ConfigKey, type ConfigSchema, configKeys, nestedSchema } from './config-schema.ts';
import { VideorftError } from './errors.ts';
import { suggestionFix } from './suggest.ts';

type Tree = Record<string, unknown>;

export interface ResolveInput<S extends ConfigSchema> {
  readonly schema: S;
  readonly args: readonly string[];
  /** Whether arguments that are not flags are allowed. Default: no. */
  readonly allowPositionals?: boolean;
}

export interface Resolved<S extends ConfigSchema> {
  readonly config: z.output<S>;
  readonly positionals: readonly string[];
}

/** Whether the arguments ask for help, without resolving anything. */
export function wantsHelp(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  return (end < 0 ? args : args.slice(0, end)).some((arg) => arg === '--help' || arg === '-h');
}

/**
 * Defaults, then the file named by --config, then the flags, validated. Throws UsageError (code 'config-flag') for the
 * command line and VideorftError with code 'config-file', 'config-unknown-key' or 'config-value' otherwise.
 */
export async function resolveConfig<S extends ConfigSchema>(input: ResolveInput<S>): Promise<Resolved<S>> {
  const { schema, args, allowPositionals = false } = input;
  const flags = parseFlags(args, configKeys(schema), allowPositionals);
  const tree = flags.file === undefined ? {} : await readConfigFile(flags.file);
  refuseUnknownKeys(schema, tree, flags.file);
  for (const [key, value] of flags.values) setPath(tree, key.path, value);
  return { config: parseConfig(schema, tree, flags.file), positionals: flags.positionals };
}

/** The configuration of a value, typically part of a file or a literal in a test: defaults filled in, strictly checked. */
export function parseConfig<S extends ConfigSchema>(schema: S, value: unknown, file?: string): z.output<S> {
  const tree = (value ?? {}) as Tree;
  refuseUnknownKeys(schema, tree, file);
  const result = schema.safeParse(fillNested(schema, tree));
  if (result.success) return result.data;
  const keys = configKeys(schema);
  const lines = result.error.issues.map((issue) => describeIssue(issue, keys));
  throw new VideorftError(`the configuration is not valid: ${lines.join('; ')}`, {
    code: 'config-value',
    facts: { file },
    fix: 'see --help for what each key may be',
  });
}

function describeIssue(issue: z.core.$ZodIssue, keys: readonly ConfigKey[]): string {
  const name = issue.path.join('.');
  const key = keys.find((k) => name === k.name || name.startsWith(`${k.name}.`));
  const label = key ? `${name} (--${key.flag})` : name;
  return `${label}: ${issue.message.replace(/^Invalid input: /, '')}`;
}

/** Parses a YAML or JSON file into a tree. Throws code 'config-file' naming file and line. */
export async function readConfigFile(file: string): Promise<Tree> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new VideorftError('the configuration file cannot be read', { code: 'config-file', facts: { file }, cause });
  });
  const document = parseDocument(text);
  const [cause] = document.errors;
  const value: unknown = cause ? undefined : (document.toJS() ?? {});
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw new VideorftError('the configuration file is not a map of keys', {
      code: 'config-file',
      facts: { file, line: cause?.linePos?.[0].line },
      fix: 'write it as YAML or JSON',
      cause,
    });
  }
  return value as Tree;
}

function refuseUnknownKeys(schema: ConfigSchema, tree: Tree, file: string | undefined, prefix = ''): void {
  for (const [name, value] of Object.entries(tree)) {
    const node = schema.shape[name];
    if (!node) {
      throw new VideorftError(`unknown configuration key ${prefix}${name}`, {
        code: 'config-unknown-key',
        facts: { file },
        fix: suggestionFix(name, Object.keys(schema.shape)),
      });
    }
    const nested = nestedSchema(node);
    if (nested && value !== null && typeof value === 'object') {
      refuseUnknownKeys(nested, value as Tree, file, `${prefix}${name}.`);
    }
  }
}

/** A copy in which every nested object exists, so that the defaults inside it apply. */
function fillNested(schema: ConfigSchema, tree: Tree): Tree {
  const out = { ...tree };
  for (const [name, node] of Object.entries(schema.shape)) {
    const nested = nestedSchema(node);
    const value = out[name] ?? {};
    if (nested && typeof value === 'object') out[name] = fillNested(nested, value as Tree);
  }
  return out;
}

function setPath(tree: Tree, path: readonly string[], value: unknown): void {
  let at = tree;
  for (const name of path.slice(0, -1)) {
    if (typeof at[name] !== 'object' || at[name] === null) at[name] = {};
    at = at[name] as Tree;
  }
  at[path[path.length - 1]] = value;
}

/** The configuration as YAML; with its schema, each key's description is a comment above it. */
export function dumpConfig(config: object, schema?: ConfigSchema): string {
  const document = new Document(config);
  if (schema) {
    for (const key of configKeys(schema)) comment(document, key);
  }
  return document.toString({ lineWidth: 0 });
}

function comment(document: Document, key: ConfigKey): void {
  const parent = key.path.length > 1 ? document.getIn(key.path.slice(0, -1), true) : document.contents;
  if (!isMap(parent)) return;
  const name = key.path[key.path.length - 1];
  const pair = (parent as YAMLMap).items.find((item) => isScalar(item.key) && item.key.value === name);
  if (isScalar(pair?.key)) pair.key.commentBefore = ` ${key.description}`;
}
