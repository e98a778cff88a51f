// Keys and tokens stand in environment variables; a configuration holds the variable's name. Leaves out: what a key is for.
import { z } from 'zod';

export type Env = Readonly<Record<string, string | undefined>>;

export const envNameSchema = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of an environment variable, not a key');

/** The key in the variable; undefined where none is named. Throws what `missing` makes where the variable is named and empty. */
export function keyIn(
  variable: string | undefined,
  missing: (variable: string) => Error,
  env: Env = process.env,
): string | undefined {
  if (variable === undefined) return undefined;
  const key = env[variable]?.trim();
  if (key) return key;
  throw missing(variable);
}
