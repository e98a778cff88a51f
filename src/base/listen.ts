// A request handler on a port of this machine, and its end. Leaves out: routes and what they answer.
import { isIP } from 'node:net';
import { type ServerType, serve } from '@hono/node-server';
import { VideorftError } from './errors.ts';

export interface ListenOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Milliseconds in which a request's head and body must have come; default: Node's. */
  readonly requestTimeoutMs?: number;
}

export interface Listener {
  readonly host: string;
  readonly port: number;
  /** Takes no new connections and ends those that are idle; resolves when the last one has ended. */
  close(): Promise<void>;
  /** Ends every connection now. */
  destroy(): void;
}

/** Whether the address is reachable from this machine only. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIP(host) === 4 && /^127\./.test(host));

type Handler = (request: Request) => Response | Promise<Response>;

const fixes: Record<string, string> = {
  EADDRINUSE: 'choose another port, or end what listens there',
  EACCES: 'choose a port above 1023',
  EADDRNOTAVAIL: 'choose an address of this machine',
  ENOTFOUND: 'choose an address of this machine',
};

function listener(server: ServerType, host: string, port: number): Listener {
  return {
    host,
    port,
    close: () => new Promise((done) => void server.close(() => done())),
    destroy: () => {
      if ('closeAllConnections' in server) server.closeAllConnections();
    },
  };
}

/** Resolves once it listens. Throws 'listen' where the address cannot be had. */
export function listen(fetch: Handler, { host, port, requestTimeoutMs }: ListenOptions): Promise<Listener> {
  const serverOptions = requestTimeoutMs === undefined ? {} : { requestTimeout: Math.ceil(requestTimeoutMs) };
  return new Promise((resolve, reject) => {
    const server = serve({ fetch, hostname: host, port, serverOptions }, (info) =>
      resolve(listener(server, host, info.port)),
    );
    server.on('error', (cause: NodeJS.ErrnoException) => {
      const [code, fix] = ['listen', fixes[cause.code ?? '']];
      reject(new VideorftError(`cannot listen on ${host}:${port}`, { code, fix, cause }));
    });
  });
}
