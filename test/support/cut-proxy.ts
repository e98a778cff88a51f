// A TCP proxy in front of a server that cuts one connection, once: at the n-th message of the clients, before it is passed on or after it, so that
// the server has done what it says and nobody is told.
import { connect, createServer, type Socket } from 'node:net';

export interface CutProxy extends AsyncDisposable {
  readonly port: number;
  /** Messages of clients so far. */
  readonly messages: () => number;
}

export interface Cut {
  /** Counted from 1; 0: never. */
  readonly at: number;
  readonly late: boolean;
}

export async function startCutProxy(target: number, { at, late }: Cut): Promise<CutProxy> {
  let messages = 0;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1');
    let isCut = false;
    const end = () => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', end);
      socket.on('close', () => {
        sockets.delete(socket);
        end();
      });
    }
    client.on('data', (data) => {
      if (++messages !== at) return void upstream.write(data);
      if (!late) return end();
      isCut = true;
      upstream.write(data);
    });
    upstream.on('data', (data) => {
      // The answer is there, so the work is done; it does not get through.
      if (isCut) end();
      else client.write(data);
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as { port: number };
  return {
    port,
    messages: () => messages,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
