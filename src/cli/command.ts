// What a command is: a configuration schema, examples, and a function. One file per command exports `command`; the table
// in commands.ts names it. Leaves out: parsing and printing (main.ts).
import type { z } from 'zod';
import type { ConfigSchema } from '../base/config-schema.ts';

export interface CommandContext<S extends ConfigSchema> {
  readonly config: z.output<S>;
  /** Arguments that are not flags. */
  readonly positionals: readonly string[];
  /** Aborted by the first Ctrl-C: stop at the next safe point, by throwing its reason. */
  readonly signal: AbortSignal;
  /** Prints a line of the result on stdout. Progress and messages go to stderr through base/log.ts. */
  print(line: string): void;
  /** Writes text on stdout as it is, for results that come piece by piece. */
  write(text: string): void;
}

export interface Example {
  /** Without the program's name: 'grpo --grpo.steps 80'. */
  readonly args: string;
  readonly does: string;
}

export interface CommandSpec<S extends ConfigSchema> {
  /** A sentence or two of help below the summary. */
  readonly about: string;
  /** What arguments without flags are, as in the usage line: '"question"'. Absent: none are allowed. */
  readonly positionals?: string;
  readonly examples: readonly Example[];
  readonly schema: S;
  /** Whether starting it again with the same arguments goes on where it stopped. */
  readonly resumable?: boolean;
  /** Resolves to the exit status; nothing means 0. */
  run(context: CommandContext<S>): Promise<number | undefined>;
}

/** A command of any configuration, as the table holds it. */
export type Command = CommandSpec<ConfigSchema>;

/** Checks a command against its own schema's type and forgets that type. */
export function defineCommand<S extends ConfigSchema>(spec: CommandSpec<S>): Command {
  return spec as unknown as Command;
}

export interface CommandEntry {
  readonly name: string;
  /** One line in `videorft --help`. */
  readonly summary: string;
  load(): Promise<{ readonly command: Command }>;
}
