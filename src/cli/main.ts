// The program: finds the command, resolves its configuration, runs it, and turns what happened into text and an exit
// status: 0 done, 1 failed, 2 misused, 130 interrupted. Leaves out: what commands do.
import { resolveConfig, wantsHelp } from '../base/config.ts';
import { UsageError } from '../base/config-flags.ts';
import { VideorftError } from '../base/errors.ts';
import { InterruptedError, interruptedStatus, listenForInterrupt } from '../base/signals.ts';
import { suggestionFix } from '../base/suggest.ts';
import type { Command, CommandEntry } from './command.ts';
import { commandLine } from './command-line.ts';
import { commands as allCommands } from './commands.ts';
import { commandHelp, programHelp } from './help.ts';
import { packageVersion } from './versions.ts';

export interface Io {
  /** A line on stdout. */
  out(text: string): void;
  /** Text on stdout without a line's end; default: as a line. */
  write?(text: string): void;
  err(text: string): void;
}

const terminal: Io = {
  out: (text) => void process.stdout.write(`${text}\n`),
  write: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(`${text}\n`),
};

/** Runs the program with its arguments; resolves to the exit status and never rejects for what a user can cause. */
export async function main(
  args: readonly string[],
  io: Io = terminal,
  commands: readonly CommandEntry[] = allCommands,
): Promise<number> {
  const [name] = args;
  try {
    if (name === '--version') io.out(await packageVersion());
    else if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
      io.out(programHelp(commands, await packageVersion()));
    } else {
      const entry = findCommand(args, commands);
      return await runNamed(entry, args.slice(wordsOf(entry)), io);
    }
    return name === undefined ? 2 : 0;
  } catch (error) {
    return explain(error, commandOf(args, commands)?.name ?? name, io);
  }
}

const wordsOf = ({ name }: CommandEntry): number => name.split(' ').length;

/** The command that the arguments begin with; 'serve rewards' before 'serve'. */
function commandOf(args: readonly string[], commands: readonly CommandEntry[]): CommandEntry | undefined {
  const found = commands.filter((entry) => args.slice(0, wordsOf(entry)).join(' ') === entry.name);
  return found.sort((a, b) => wordsOf(b) - wordsOf(a))[0];
}

function findCommand(args: readonly string[], commands: readonly CommandEntry[]): CommandEntry {
  const entry = commandOf(args, commands);
  if (entry) return entry;
  const [name] = args;
  const names = commands.map((c) => c.name);
  throw new UsageError(`unknown command ${name}`, { code: 'cli-command', fix: suggestionFix(name, names) });
}

async function runNamed(entry: CommandEntry, args: readonly string[], io: Io): Promise<number> {
  const { command } = await entry.load();
  if (wantsHelp(args)) {
    io.out(commandHelp(entry, command));
    return 0;
  }
  const allowPositionals = command.positionals !== undefined;
  const { config, positionals } = await resolveConfig({ schema: command.schema, args, allowPositionals });
  const interrupt = listenForInterrupt(() => io.err(stopping(command)));
  try {
    const status = await command.run({
      config,
      positionals,
      signal: interrupt.signal,
      print: io.out,
      write: io.write ?? io.out,
    });
    return status ?? 0;
  } catch (error) {
    // What a library throws for an aborted signal varies; the signal itself says what happened.
    if (interrupt.signal.aborted) throw new InterruptedError(continuation(command, entry, args));
    throw error;
  } finally {
    interrupt.dispose();
  }
}

function stopping({ resumable }: Command): string {
  return `\nStopping${resumable ? ' at the next safe point' : ''}; Ctrl-C again ends at once.`;
}

function continuation({ resumable }: Command, { name }: CommandEntry, args: readonly string[]): string {
  if (!resumable) return 'Interrupted.';
  return `Interrupted. The same command continues where it stopped: ${commandLine([...name.split(' '), ...args])}`;
}

function explain(error: unknown, command: string | undefined, io: Io): number {
  if (error instanceof InterruptedError) {
    io.err(error.message);
    return interruptedStatus;
  }
  if (error instanceof UsageError) {
    io.err(`${error.describe()}\n  help: videorft ${error.code === 'cli-command' ? '' : `${command} `}--help`);
    return 2;
  }
  if (error instanceof VideorftError) io.err(`error: ${error.describe()}\n  code: ${error.code}`);
  else io.err(error instanceof Error ? (error.stack ?? error.message) : String(error));
  return 1;
}
