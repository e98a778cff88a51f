// Reads a source tree for the architecture test: its files, and what each imports, by a small regular expression over
// static and dynamic imports. Leaves out: what TypeScript knows and a regular expression does not (comments in odd places).
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative } from 'node:path';

export interface Import {
  /** As written: '../base/errors.ts', 'sharp'. */
  readonly specifier: string;
  /** Path relative to the tree's root for a relative specifier; undefined for a package. */
  readonly target: string | undefined;
  /** The whole statement, for what it names. */
  readonly text: string;
  readonly typeOnly: boolean;
  readonly dynamic: boolean;
}

export interface SourceFile {
  /** Relative to the tree's root, with slashes: 'engine/runtime/ort.ts'. */
  readonly path: string;
  /** First folder, '' for a file at the root. */
  readonly room: string;
  readonly isTest: boolean;
  readonly text: string;
  readonly imports: readonly Import[];
}

const statement = /^[ \t]*(?:import|export)\b[^'";]*?\bfrom\s*['"]([^'"]+)['"]|^[ \t]*import\s*['"]([^'"]+)['"]/gm;
const dynamic = /\bimport\(\s*['"]([^'"]+)['"]\s*\)/g;

function parseImports(path: string, text: string): Import[] {
  const target = (specifier: string) =>
    specifier.startsWith('.') ? posix.normalize(posix.join(posix.dirname(path), specifier)) : undefined;
  const code = text.replace(/^\s*\/\/.*$/gm, '');
  const fixed = [...code.matchAll(statement)].map(([whole, from, bare]): Import => {
    const specifier = from ?? bare;
    const typeOnly = /^\s*(?:import|export)\s+type\b/.test(whole);
    return { specifier, target: target(specifier), text: whole, typeOnly, dynamic: false };
  });
  const lazy = [...code.matchAll(dynamic)].map(([whole, specifier]): Import => {
    // `typeof import('x')` and `import('x').Type` in a type position load nothing, but name the module all the same.
    return { specifier, target: target(specifier), text: whole, typeOnly: false, dynamic: true };
  });
  return [...fixed, ...lazy];
}

/** All TypeScript files below `root`. */
export function readTree(root: string): SourceFile[] {
  const names = readdirSync(root, { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile() && entry.name.endsWith('.ts'));
  return files
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .sort()
    .map((path) => {
      const text = readFileSync(join(root, path), 'utf8');
      const room = dirname(path) === '.' ? '' : path.split('/')[0];
      const isTest = /\.(test|fixture)\.ts$/.test(path);
      return { path, room, isTest, text, imports: parseImports(path, text) };
    });
}
