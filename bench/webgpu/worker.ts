// One part of the bench of a GPU in a process of its own: prints its rows as a line of JSON. Started by index.ts.
import { parts } from './parts.ts';

const [, , part, quick] = process.argv;
const rows = await parts[part](quick === 'quick');
process.stdout.write(`\n${JSON.stringify({ rows })}\n`);
