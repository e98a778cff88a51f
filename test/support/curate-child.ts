// A process that curates the test world against a server and may be killed at any moment: `node curate-child.ts ROOT OUT URL [STATE [batch]]`.
// What it leaves in a shared state goes to others soon.
import { curate } from '../../src/curate/curate.ts';
import { openState } from '../../src/curate/state/open.ts';
import { batchModels, impatientModels, textReader, worldConfig } from './curate-world.ts';

/** Long enough for a busy machine, short enough for a test that waits for it. */
const LEASE_MS = 3000;

const [root, out, baseURL, state = 'sqlite', way] = process.argv.slice(2);
const batch = { use: way === 'batch', gatherSeconds: 0.1, pollSeconds: 0.02 };
const config = worldConfig(root, out, { state }, baseURL, batch);
await curate(config, {
  models: way === 'batch' ? batchModels(config) : impatientModels(config, { timeoutSeconds: 2 }),
  media: textReader,
  openState: (where, options) => openState(where, { ...options, leaseMs: LEASE_MS }),
});
