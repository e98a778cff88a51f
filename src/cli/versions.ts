// The versions that a run records: this package, Node, ONNX Runtime.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runtimeVersion } from '../engine/runtime/ort.ts';

/** Version in package.json, which lies two folders up both in src/ and in the built dist/. */
export async function packageVersion(): Promise<string> {
  const text = await readFile(join(import.meta.dirname, '../../package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** For a run's record; loads the native runtime. */
export async function versions(): Promise<Record<string, string>> {
  return { videorft: await packageVersion(), node: process.versions.node, onnxruntime: await runtimeVersion() };
}
