// For a test file about trouble: servers that end with each test, and silence about what goes wrong on purpose.
import { afterEach, beforeAll, vi } from 'vitest';
import { setLogLevel } from '../../../src/base/log.ts';
import { type TinyServerOptions, tinyServer } from './index.ts';
import type { TinkerServer } from './server.ts';

/** Call it at the top of the file; what it returns starts a server. */
export function serversOfTests(): (options?: TinyServerOptions) => Promise<TinkerServer> {
  const servers: TinkerServer[] = [];
  beforeAll(() => {
    setLogLevel('silent');
    vi.spyOn(console, 'error').mockImplementation(() => undefined); // the server's, of connections it was told to lose
  });
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.kill();
  });
  return async (options = {}) => {
    const server = await tinyServer(options);
    servers.push(server);
    return server;
  };
}
