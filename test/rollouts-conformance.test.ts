// The training port's suite on the embedded engine with a server that samples for it: the product's own chat server, which is given the adapter
// before each sampling. So its completions have the trainer's log-probabilities, videos and pictures included, whatever weights were loaded.
import { afterAll } from 'vitest';
import { EmbeddedBackend } from '../src/backends/embedded/index.ts';
import { RolloutBackend } from '../src/backends/rollouts/index.ts';
import { RolloutServer } from '../src/backends/rollouts/server.ts';
import { backendConformance } from './conformance/backend.ts';
import { tinyModel, tinyPrompts } from './support/tiny-model.ts';
import { adapterFolder, serveTiny, tinyLora } from './support/tiny-served.ts';

const folder = adapterFolder();
const server = await serveTiny({ adapters: folder, maxAdapters: 64 });
afterAll(() => server.stop());

let runs = 0;
backendConformance('embedded, completions from videorft serve', {
  make: async () => {
    const rollouts = await RolloutServer.connect({
      url: server.baseURL,
      folder,
      folderThere: folder,
      prefix: `run-${runs++}-`,
      patienceMs: 1000,
      timeoutMs: 20_000,
    });
    return new RolloutBackend(new EmbeddedBackend(tinyModel({ lora: tinyLora }), { threads: 1 }), rollouts);
  },
  prompts: tinyPrompts(5),
  tolerance: 1e-4,
  lastBits: 'who decodes together depends on when requests arrive',
  noTemperature: "a server's log-probabilities are at temperature 1",
});
