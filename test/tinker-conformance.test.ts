// The training port's suite on the remote backend, over real HTTP: a server of the Tinker protocol with our own engine behind it.
// Servers that divide losses otherwise are test/tinker-losses.test.ts's.
import { afterAll, beforeAll } from 'vitest';
import { setLogLevel } from '../src/base/log.ts';
import { backendConformance } from './conformance/backend.ts';
import { tinyServer, tinyTinker } from './support/tinker-server/index.ts';
import { tinyPrompts } from './support/tiny-model.ts';

beforeAll(() => setLogLevel('error'));
const server = tinyServer();
afterAll(async () => (await server).kill());

backendConformance('tinker', {
  make: async () => tinyTinker(await server),
  prompts: tinyPrompts(5),
  tolerance: 1e-4,
  noTemperature: 'servers compute at temperature 1',
  noEntropy: 'servers tell none',
});
