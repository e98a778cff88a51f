// The training port's suite on its two adapters: the embedded engine with a small random model, and the script.
import { EmbeddedBackend } from '../src/backends/embedded/index.ts';
import { ScriptedBackend } from '../src/backends/scripted.ts';
import { loraSchema } from '../src/models/index.ts';
import { backendConformance } from './conformance/backend.ts';
import { tinyModel, tinyPrompts } from './support/tiny-model.ts';

const prompts = tinyPrompts(5);
const lora = loraSchema.parse({ rank: 2, alpha: 3, towers: ['language', 'vision'], targets: ['all-linear'] });

backendConformance('embedded', {
  make: async () => new EmbeddedBackend(tinyModel(), { threads: 1 }),
  prompts,
  tolerance: 1e-4,
});

backendConformance('embedded, in small batches', {
  make: async () => new EmbeddedBackend(tinyModel({ seed: 2 }), { threads: 1, maxRows: 4, maxDecodeRows: 6 }),
  prompts,
  tolerance: 1e-4,
});

backendConformance('embedded, with an adapter in both towers', {
  make: async () => new EmbeddedBackend(tinyModel({ lora }), { threads: 1 }),
  prompts,
  tolerance: 1e-4,
});

backendConformance('scripted', {
  make: async () => new ScriptedBackend(),
  prompts,
  tolerance: 1e-7,
  noGradients: 'nothing in it learns',
  noTemperature: 'its log-probabilities are a script',
});
