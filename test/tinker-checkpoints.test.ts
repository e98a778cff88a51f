// The adapter's files in a checkpoint of a remote run: from servers that give them out, that fail to once, and that never do.
import { existsSync, mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { adapterArchive, archivedWeights } from './support/tinker-server/archive.ts';
import { tinyTinker } from './support/tinker-server/index.ts';
import { serversOfTests } from './support/tinker-server/tests.ts';

const serve = serversOfTests();
const folder = () => mkdtempSync(join(tmpdir(), 'checkpoint-'));
const weightsOf = (dir: string) => join(dir, 'adapter_model.safetensors');
const isArchive = (path: string) => path.endsWith('/archive');

test('a checkpoint whose adapter could not be had is whole, and the next one has it again', async () => {
  let archives = 0;
  const server = await serve({
    archive: adapterArchive(),
    fault: (path, n) => {
      if (isArchive(path) && archives++ === 0) return { status: 200, body: { no: 'archive' } };
      return path === '/save_weights_for_sampler' && n === 1 ? 'lost-answer' : undefined;
    },
  });
  const backend = await tinyTinker(server, { retryMs: 5 });
  const [first, second] = [folder(), folder()];
  for (const dir of [first, second]) await backend.save(dir, { optimizer: true });
  expect([existsSync(join(first, 'tinker.json')), existsSync(weightsOf(first))]).toEqual([true, false]);
  expect(readFileSync(weightsOf(second)).equals(archivedWeights)).toBe(true);
  await backend.load(first, { optimizer: true });
  await backend.close();
});

test('a server that gives no adapters out is asked once', async () => {
  const server = await serve();
  const backend = await tinyTinker(server);
  for (let i = 0; i < 2; i++) await backend.save(folder(), { optimizer: true });
  expect(server.requests.filter(isArchive)).toHaveLength(1);
  await backend.close();
});

test('a disk that does not take the adapter is an error, not a server without adapters', async () => {
  const backend = await tinyTinker(await serve({ archive: adapterArchive() }));
  const dir = folder();
  mkdirSync(weightsOf(dir));
  await expect(backend.save(dir, { optimizer: true })).rejects.toMatchObject({ code: 'EISDIR' });
  expect(existsSync(join(dir, 'tinker.json'))).toBe(false);
  await backend.close();
});
