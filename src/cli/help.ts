// Help texts: the program's and a command's, from the table and the command's own schema and examples.
import { configHelp, twoColumns } from '../base/config-help.ts';
import type { Command, CommandEntry } from './command.ts';

/** `videorft --help`. */
export function programHelp(commands: readonly CommandEntry[], version: string): string {
  return [
    `videorft ${version}: curate video chains of thought, fine-tune (SFT, GRPO), evaluate, look.`,
    '',
    'Usage: videorft COMMAND [flags]',
    '',
    'Commands:',
    twoColumns(
      commands.map(({ name, summary }) => [name, summary]),
      14,
    ),
    '',
    'videorft COMMAND --help shows its flags and examples; videorft --version the version.',
  ].join('\n');
}

/** `videorft COMMAND --help`. */
export function commandHelp({ name, summary }: CommandEntry, command: Command): string {
  const positionals = command.positionals ? ` ${command.positionals}` : '';
  const examples = command.examples.map(({ args, does }) => `  videorft ${args}\n      ${does}`);
  return [
    `videorft ${name}: ${summary}`,
    '',
    command.about,
    '',
    `Usage: videorft ${name}${positionals} [flags]`,
    '',
    'Examples:',
    ...examples,
    '',
    'Flags:',
    configHelp(command.schema),
  ].join('\n');
}
