// The command as it was given, to be printed and kept: quoted for a shell, without passwords. Leaves out: parsing (base/config-flags.ts).

/** Of an address among the arguments: what is printed may be logged, what is on a page may be shown around. */
const withoutPassword = (arg: string): string =>
  arg.replace(/(:\/\/[^:/@\s]*):[^@/\s]*@/, '$1:…@').replace(/([?&]password=)[^&\s]*/, '$1…');

const quoted = (arg: string): string => (/^[\w@%+=:,./-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", "'\\''")}'`);

/** "videorft grpo --out 'my run'"; absent: as this process was started. */
export const commandLine = (args: readonly string[] = process.argv.slice(2)): string =>
  ['videorft', ...args.map((arg) => quoted(withoutPassword(arg)))].join(' ');
