// The expert server as a program of its own: prints one line of JSON with its address, and ends with its standard input, that is,
// with whoever started it. Run: node src/world/experts/main.ts '{"port": 8090}' (options as in http/options.ts; Ctrl-D ends it)
import { reasonOf } from '../../base/errors.ts';
import { listen } from './server.ts';

try {
  const { baseURL, stop } = await listen(JSON.parse(process.argv[2] ?? '{}'));
  process.stdout.write(`${JSON.stringify({ baseURL })}\n`);
  const end = () => {
    void stop().then(() => process.exit(0));
  };
  process.stdin.on('end', end).on('error', end).resume();
  process.on('SIGTERM', end);
  // Ctrl-C in a terminal reaches parent and child alike; the parent decides when it no longer needs its experts.
  process.on('SIGINT', process.stdin.isTTY ? end : () => {});
} catch (error) {
  process.stderr.write(`${reasonOf(error)}\n`);
  process.exit(1);
}
