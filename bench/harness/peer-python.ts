// Which Python runs a peer: VIDEORFT_PEER_PYTHON if set, else the environment that `npm run peers -- NAME` made.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { VideorftError } from '../../src/base/errors.ts';

const root = join(import.meta.dirname, '../..');

/** Path of the interpreter. Throws 'bench-peer' when there is none. */
export function peerPython(name: string): string {
  const chosen = process.env.VIDEORFT_PEER_PYTHON;
  const python = chosen ?? join(root, '.peers', name, 'bin/python');
  if (existsSync(python)) return python;
  throw new VideorftError(`there is no Python for the peer ${name}`, {
    code: 'bench-peer',
    facts: { looked: chosen ? 'VIDEORFT_PEER_PYTHON' : `.peers/${name}` },
    fix: `run npm run peers -- ${name}, or set VIDEORFT_PEER_PYTHON to a Python that has the packages of bench/peers/${name}.txt`,
  });
}
