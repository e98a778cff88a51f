// Compiles src/base/simd/kernels.as into kernels.wasm.ts. Run: npm run kernels (it fetches the AssemblyScript compiler, 100 MB, which nothing
// else needs).
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { sha256 } from '../src/base/hash.ts';

const COMPILER = 'assemblyscript@0.28.20';
const folder = join(import.meta.dirname, '../src/base/simd');

interface Compiler {
  main(
    args: readonly string[],
    io: { readFile(name: string): string | null; writeFile(name: string, contents: string | Uint8Array): void },
  ): Promise<{ readonly error: Error | null; readonly stderr: { toString(): string } }>;
}

async function withCompiler<T>(use: (compiler: Compiler) => Promise<T>): Promise<T> {
  const place = mkdtempSync(join(tmpdir(), 'kernels-'));
  try {
    execFileSync('npm', ['install', '--prefix', place, '--no-audit', '--no-fund', COMPILER], { stdio: 'inherit' });
    const path = join(place, 'node_modules/assemblyscript/dist/asc.js');
    return await use((await import(pathToFileURL(path).href)) as Compiler);
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

const source = readFileSync(join(folder, 'kernels.as'), 'utf8');
let wasm = new Uint8Array();
await withCompiler(async ({ main }) => {
  const args = 'kernels.ts --enable simd -O3 --runtime stub --noAssert --initialMemory 16 --outFile kernels.wasm';
  const { error, stderr } = await main(args.split(' '), {
    readFile: (name) => (name === 'kernels.ts' ? source : null),
    writeFile: (_, contents) => {
      wasm = Uint8Array.from(contents as Uint8Array);
    },
  });
  if (error) throw new Error(stderr.toString());
});
const lines =
  Buffer.from(wasm)
    .toString('base64')
    .match(/.{1,110}/g) ?? [];
writeFileSync(
  join(folder, 'kernels.wasm.ts'),
  `// Made by npm run kernels from kernels.as (${COMPILER}); not to be edited.
export const source = '${sha256(source)}';
export const binary =
${lines.map((line) => `  '${line}'`).join(' +\n')};
`,
);
