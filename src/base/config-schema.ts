// Reads a configuration schema (nested zod objects) as a flat list of keys: from it flags, help, suggestions and the
// commented YAML derive. Leaves out: reading values (config.ts).
import type { z } from 'zod';
import { VideorftError } from './errors.ts';

export type ConfigSchema = z.ZodObject;

export type KeyKind = 'boolean' | 'number' | 'string' | 'choice' | 'list' | 'value';

export interface ConfigKey {
  readonly path: readonly string[];
  /** As in a file: 'grpo.learningRate'. */
  readonly name: string;
  /** On the command line, without the dashes: 'grpo.learning-rate'. */
  readonly flag: string;
  readonly kind: KeyKind;
  readonly choices: readonly string[];
  /** Kind of the elements of a list. */
  readonly element: KeyKind | undefined;
  readonly nullable: boolean;
  readonly required: boolean;
  readonly default: unknown;
  readonly description: string;
}

/** What this file reads of zod's internals: every schema has `def.type`, wrappers have `def.innerType`. */
interface SchemaNode {
  readonly description?: string;
  readonly def: {
    readonly type: string;
    readonly innerType?: SchemaNode;
    readonly in?: SchemaNode;
    readonly element?: SchemaNode;
    readonly defaultValue?: unknown;
  };
  readonly shape?: Record<string, SchemaNode>;
  readonly options?: readonly unknown[];
}

interface Unwrapped {
  readonly leaf: SchemaNode;
  readonly types: readonly string[];
  readonly description: string | undefined;
  readonly default: unknown;
}

/** Peels default, optional, nullable and pipe off a schema; the outermost description and default count. */
function unwrap(node: SchemaNode): Unwrapped {
  const types: string[] = [];
  let description: string | undefined;
  let fallback: unknown;
  let leaf = node;
  for (;;) {
    description ??= leaf.description;
    types.push(leaf.def.type);
    fallback ??= leaf.def.defaultValue;
    const inner = leaf.def.innerType ?? leaf.def.in;
    if (!inner) return { leaf, types, description, default: fallback };
    leaf = inner;
  }
}

const kebab = (name: string) =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replaceAll('_', '-')
    .toLowerCase();

const kinds: Record<string, KeyKind> = {
  boolean: 'boolean',
  number: 'number',
  int: 'number',
  string: 'string',
  enum: 'choice',
  array: 'list',
};

function keyOf(path: readonly string[], { leaf, types, description, default: fallback }: Unwrapped): ConfigKey {
  const name = path.join('.');
  if (!description) {
    throw new VideorftError(`the configuration key ${name} has no description`, {
      code: 'config-schema',
      fix: 'add .describe(…) to it: help and the written configuration show it',
    });
  }
  const kind = kinds[leaf.def.type] ?? 'value';
  const element = leaf.def.element ? unwrap(leaf.def.element).leaf : undefined;
  return {
    path,
    name,
    flag: path.map(kebab).join('.'),
    kind,
    choices: kind === 'choice' ? (leaf.options ?? []).map(String) : [],
    element: element ? (kinds[element.def.type] ?? 'value') : undefined,
    nullable: types.includes('nullable'),
    required: !types.some((type) => type === 'default' || type === 'prefault' || type === 'optional'),
    default: fallback,
    description,
  };
}

/** The nested object behind `node`, looking through defaults; undefined for a leaf. */
export function nestedSchema(node: unknown): ConfigSchema | undefined {
  const { leaf } = unwrap(node as SchemaNode);
  return leaf.def.type === 'object' ? (leaf as unknown as ConfigSchema) : undefined;
}

/** All keys of a schema in its order, nested ones by dotted path. Throws 'config-schema' for one without description. */
export function configKeys(schema: ConfigSchema, prefix: readonly string[] = []): ConfigKey[] {
  return Object.entries(schema.shape).flatMap(([name, node]) => {
    const path = [...prefix, name];
    const nested = nestedSchema(node);
    return nested ? configKeys(nested, path) : [keyOf(path, unwrap(node as unknown as SchemaNode))];
  });
}
