// The scripts of the pages. In a clone they are TypeScript, whose types are taken off when they are asked for; the built package holds JavaScript.
import { readdir, readFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** '.ts' or '.js': as this file is. */
export const scriptExtension = extname(fileURLToPath(import.meta.url));
const folder = fileURLToPath(new URL('../client/', import.meta.url));

/** Takes the types off without the warning that Node has for everybody who does so: its own way of running .ts files is the same. */
function withoutTypes(code: string): string {
  const { emitWarning } = process;
  process.emitWarning = () => undefined;
  try {
    return stripTypeScriptTypes(code);
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** All scripts by name, as the browser gets them. */
export async function clientScripts(): Promise<ReadonlyMap<string, string>> {
  const names = (await readdir(folder)).filter((name) => extname(name) === scriptExtension && !name.includes('.test.'));
  const scripts = names.map(async (name): Promise<[string, string]> => {
    const code = await readFile(`${folder}${name}`, 'utf8');
    return [name, scriptExtension === '.ts' ? withoutTypes(code) : code];
  });
  return new Map(await Promise.all(scripts));
}
