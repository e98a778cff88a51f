#!/usr/bin/env node
// Entry of the `videorft` program. Checks Node's version first, in syntax that Node 18 still parses, then loads the rest.
import { beginWithMallocEnv } from '../base/malloc.ts';

const wanted = 24;

if (Number(process.versions.node.split('.')[0]) < wanted) {
  process.stderr.write(
    `videorft needs Node ${wanted} or newer; this is Node ${process.versions.node}.\n` +
      `  fix: install Node ${wanted} from https://nodejs.org, or without installing it: npx -p node@${wanted} -p videorft videorft --help\n`,
  );
  process.exitCode = 1;
} else {
  beginWithMallocEnv();
  // A reader that went away (`| head`) is not an error.
  process.stdout.on('error', (error: Error & { code?: string }) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  import('./main.ts')
    .then(({ main }) => main(process.argv.slice(2)))
    .then((status) => {
      process.exitCode = status;
    })
    .catch((error: unknown) => {
      console.error(error);
      process.exitCode = 1;
    });
}
