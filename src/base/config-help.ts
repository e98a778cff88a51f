// The flags part of a command's help text, derived from its configuration schema.
import { type ConfigKey, type ConfigSchema, configKeys } from './config-schema.ts';

const placeholders = { number: 'N', string: 'TEXT', list: 'A,B,…', value: 'VALUE', boolean: '', choice: '' } as const;

function left(key: ConfigKey): string {
  if (key.kind === 'boolean') return `--${key.default === true ? 'no-' : ''}${key.flag}`;
  return `--${key.flag} ${key.kind === 'choice' ? key.choices.join('|') : placeholders[key.kind]}`;
}

function fallback(key: ConfigKey): string {
  if (key.required) return ' (required)';
  if (key.kind === 'boolean') return key.default === true ? ' (on by default)' : '';
  const isEmpty = key.default === undefined || (Array.isArray(key.default) && key.default.length === 0);
  if (isEmpty) return '';
  if (key.default === null) return ' (default none)';
  const isRecord = typeof key.default === 'object' && !Array.isArray(key.default);
  return ` (default ${isRecord ? JSON.stringify(key.default) : String(key.default)})`;
}

/** Breaks text at spaces so that no line is longer than `width` (a longer word stays whole). */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line ? `${line} ${word}` : word;
  }
  return [...lines, line];
}

/** Rows of two columns; a left side that is too wide gets a line of its own. */
export function twoColumns(rows: readonly (readonly [string, string])[], leftWidth = 34, width = 110): string {
  return rows
    .flatMap(([a, b]) => {
      const lines = wrap(b, width - leftWidth - 4);
      const head = a.length <= leftWidth ? [`  ${a.padEnd(leftWidth)}  ${lines.shift()}`] : [`  ${a}`];
      return [...head, ...lines.map((line) => ' '.repeat(leftWidth + 4) + line)];
    })
    .map((line) => line.trimEnd())
    .join('\n');
}

/** One line per flag: name, what it may be, description, default; --config and --help last. */
export function configHelp(schema: ConfigSchema): string {
  const rows = configKeys(schema).map((key): [string, string] => [left(key), key.description + fallback(key)]);
  const common: [string, string][] = [
    ['--config FILE', 'read keys from a YAML or JSON file; flags win over it'],
    ['-h, --help', 'show this text'],
  ];
  return twoColumns([...rows, ...common]);
}
