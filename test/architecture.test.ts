// The house rules of ARCHITECTURE.md: directions, siblings, cycles, owners of native packages, adapters, model names,
// file size, opening comments. Each violation is a sentence. Then violations are planted, to prove that they are found.
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { violations } from './architecture/rules.ts';
import { readTree } from './architecture/source.ts';

test('src/ keeps the rules', () => {
  const files = readTree(join(import.meta.dirname, '../src'));
  expect(files.length).toBeGreaterThan(20);
  expect(violations(files)).toEqual([]);
});

/** A small tree that keeps every rule, with the given files added or replaced; texts get their opening comment here. */
function planted(files: Readonly<Record<string, string>>): string[] {
  const root = mkdtempSync(join(tmpdir(), 'architecture-'));
  const clean = {
    'index.ts': "export * as engine from './engine/index.ts';\nexport * as models from './models/index.ts';",
    'base/errors.ts': 'export const x = 1;',
    'engine/index.ts': "import { x } from '../base/errors.ts';\nexport { x };",
    'engine/runtime/ort.ts':
      "import type { Tensor } from 'onnxruntime-node';\nconst ort = await import('onnxruntime-node');",
    'models/index.ts': "export * from './qwen2_5_vl/model.ts';",
    'models/qwen2_5_vl/model.ts': "import '../../engine/index.ts';",
    'backends/port.ts': 'export interface Backend {}',
    'backends/embedded/backend.ts': "import type { Backend } from '../port.ts';",
    'train/sft.ts': "import type { Backend } from '../backends/port.ts';",
    'train/sft.test.ts': "import '../backends/embedded/backend.ts';",
    'cli/sft.ts': "import '../backends/embedded/backend.ts';\nconst m = () => import('../train/sft.ts');",
  };
  for (const [path, text] of Object.entries({ ...clean, ...files })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text.startsWith('!') ? text.slice(1) : `// What it does.\n${text}\n`);
  }
  return violations(readTree(root));
}

test('a tree that keeps the rules has no violations', () => {
  expect(planted({})).toEqual([]);
});

test.each<[string, Record<string, string>, string]>([
  [
    'from left to right',
    { 'base/a.ts': "import '../engine/index.ts';" },
    'imports go from right to left only: base → {data,',
  ],
  [
    'over several lines',
    { 'base/a.ts': "import {\n  x,\n} from '../engine/index.ts';" },
    'base/a.ts imports engine/index.ts',
  ],
  ['of types', { 'base/a.ts': "import type { x } from '../engine/index.ts';" }, 'imports go from right to left only'],
  ['re-exported', { 'base/a.ts': "export * from '../engine/index.ts';" }, 'imports go from right to left only'],
  ['dynamic', { 'base/a.ts': "const e = await import('../engine/index.ts');" }, 'imports go from right to left only'],
  ['of the public index', { 'cli/a.ts': "import '../index.ts';" }, 'imports go from right to left only'],
  ['out of src', { 'cli/a.ts': "import '../../test/helper.ts';" }, 'which is outside src/'],
  ['of a sibling', { 'engine/a.ts': "import '../llm/port.ts';", 'llm/port.ts': '' }, 'engine and llm are siblings'],
  [
    'of a sibling by a test',
    { 'engine/a.test.ts': "import '../llm/p.ts';", 'llm/p.ts': '' },
    'engine and llm are siblings',
  ],
  [
    'in a cycle',
    { 'base/a.ts': "import './b.ts';", 'base/b.ts': "import './a.ts';" },
    'base/a.ts → base/b.ts → base/a.ts is a cycle',
  ],
  ['of a native package', { 'cli/a.ts': "import sharp from 'sharp';" }, 'only src/media/image.ts may do'],
  [
    'of a native subpath',
    { 'cli/a.ts': "await import('onnxruntime-node/gpu');" },
    'only src/engine/runtime/ort.ts may do',
  ],
  ['of its native package at once', { 'media/image.ts': "import sharp from 'sharp';" }, 'import it lazily'],
  ['of an adapter', { 'train/a.ts': "import '../backends/embedded/backend.ts';" }, 'take a Backend (backends/port.ts)'],
  ['by a model path', { 'backends/a.ts': "import '../models/qwen2_5_vl/model.ts';" }, 'called "qwen"'],
  ['by a model identifier', { 'train/a.ts': "import { SigLip } from '../models/index.ts';" }, 'called "SigLip"'],
  [
    'of the server by a page',
    { 'studio/client/a.ts': "import '../server/a.ts';", 'studio/server/a.ts': '' },
    'pages know only studio/api.ts',
  ],
  ['of a package by a page', { 'studio/client/a.ts': "import 'hono';" }, 'pages know only studio/api.ts'],
])('an import %s is found', (_, files, sentence) => {
  const found = planted(files);
  expect(found).toHaveLength(1);
  expect(found[0]).toContain(sentence);
});

test('an unknown room, a long file, a missing comment and an unlisted room are found', () => {
  expect(planted({ 'utils/a.ts': '' })).toEqual([expect.stringContaining('there is no room called utils')]);
  expect(planted({ 'base/a.ts': 'x;\n'.repeat(299) })).toEqual([]);
  expect(planted({ 'base/a.ts': 'x;\n'.repeat(300) })).toEqual([expect.stringContaining('base/a.ts has 301 lines')]);
  expect(planted({ 'base/a.ts': '!export const a = 1;\n' })).toEqual([
    expect.stringContaining('must open with a comment'),
  ]);
  expect(planted({ 'llm/index.ts': '' })).toEqual([expect.stringContaining('src/index.ts does not list llm')]);
  expect(planted({ 'cli/bin.ts': '!#!/usr/bin/env node\n// Entry.\n' })).toEqual([]);
});

test('a cycle of types or of a lazy import is none, and a test may use test/ and native packages', () => {
  expect(planted({ 'base/a.ts': "import './b.ts';", 'base/b.ts': "import type { A } from './a.ts';" })).toEqual([]);
  expect(planted({ 'base/a.ts': "import './b.ts';", 'base/b.ts': "const a = () => import('./a.ts');" })).toEqual([]);
  expect(planted({ 'media/a.test.ts': "import sharp from 'sharp';" })).toEqual([]);
  expect(planted({ 'base/a.test.ts': "import '../../test/support/helper.ts';" })).toEqual([]);
});

test('the recipe that makes a model may name it, another recipe may not', () => {
  const text = "import { Qwen } from '../../models/index.ts';";
  expect(planted({ 'recipes/pretrain/a.ts': text })).toEqual([]);
  expect(planted({ 'recipes/speedrun/a.ts': text })).toEqual([expect.stringContaining('called "Qwen"')]);
});

test('a commented-out import and prose are no imports', () => {
  expect(
    planted({ 'base/a.ts': "// import x from '../cli/sft.ts';\nconst s = 'taken from \\'../cli/sft.ts\\'';" }),
  ).toEqual([]);
});
