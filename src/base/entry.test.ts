// The extension follows the caller's.
import { expect, test } from 'vitest';
import { moduleBeside } from './entry.ts';

test('beside a source file and beside a built one', () => {
  expect(moduleBeside('file:///p/src/world/start.ts', './server')).toBe('/p/src/world/server.ts');
  expect(moduleBeside('file:///p/dist/world/start.js', './experts/main')).toBe('/p/dist/world/experts/main.js');
});
