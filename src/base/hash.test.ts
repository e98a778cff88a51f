// Hashes against published test vectors (FIPS 180-4) and a file longer than one stream chunk.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sha256, sha256File } from './hash.ts';

test('test vectors', () => {
  expect(sha256('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  expect(sha256(new Uint8Array())).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
});

test('a million times "a", from a file', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'hash-')), 'a');
  writeFileSync(file, 'a'.repeat(1_000_000));
  expect(await sha256File(file)).toBe('cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0');
});
