// Makes the Python environment of a peer that benchmarks compare with: .peers/NAME from bench/peers/NAME.txt (pinned).
// Run: npm run peers -- NAME        (without a name: lists them with their download sizes)
// A list states its download size in a comment line: "# download: 190 MB"; "# pip: --no-deps" gives pip a flag. Leaves out: removing
// (delete .peers/NAME).
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { reasonOf, VideorftError } from '../src/base/errors.ts';
import { suggestionFix } from '../src/base/suggest.ts';

const root = join(import.meta.dirname, '..');
const lists = join(root, 'bench/peers');

function peerNames(): string[] {
  if (!existsSync(lists)) return [];
  const files = readdirSync(lists).filter((file) => file.endsWith('.txt'));
  return files.map((file) => file.slice(0, -4)).sort();
}

interface PeerList {
  readonly text: string;
  readonly download: string;
  /** For pip. */
  readonly flags: readonly string[];
}

/** The list's text and what its comments state. Throws code 'peer-list' if they state no size. */
function readList(name: string): PeerList {
  const file = join(lists, `${name}.txt`);
  const text = readFileSync(file, 'utf8');
  const download = /^#\s*download:\s*(.+)$/im.exec(text)?.[1];
  const flags = /^#\s*pip:\s*(.+)$/im.exec(text)?.[1].split(/\s+/) ?? [];
  if (download) return { text, download, flags };
  const fix = 'add a comment line "# download: 190 MB"';
  throw new VideorftError('the list does not state its download size', { code: 'peer-list', facts: { file }, fix });
}

function run(program: string, args: readonly string[]): void {
  const { status, error } = spawnSync(program, args, { stdio: 'inherit', cwd: root });
  if (status === 0) return;
  throw new VideorftError(`${program} ${args[0]} ${args[1]} failed`, {
    code: 'peer-install',
    facts: { status: status ?? undefined },
    fix: 'read its message above; Python 3.10 or newer with venv is needed (Debian: python3-venv)',
    cause: error,
  });
}

function install(name: string): void {
  if (!peerNames().includes(name)) {
    throw new VideorftError(`there is no peer ${name}`, { code: 'peer-name', fix: suggestionFix(name, peerNames()) });
  }
  const { text, download, flags } = readList(name);
  const target = join(root, '.peers', name);
  const stamp = join(target, 'installed.txt');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === text) {
    console.log(`.peers/${name} is up to date.`);
    return;
  }
  console.log(`Installing .peers/${name}, a download of ${download}.`);
  mkdirSync(join(root, '.peers'), { recursive: true });
  run('python3', ['-m', 'venv', '--clear', target]);
  run(join(target, 'bin/python'), ['-m', 'pip', 'install', '--quiet', ...flags, '-r', join(lists, `${name}.txt`)]);
  writeFileSync(stamp, text);
  console.log(`Done: .peers/${name}/bin/python`);
}

try {
  const [name] = process.argv.slice(2);
  if (name) install(name);
  else for (const peer of peerNames()) console.log(`${peer.padEnd(20)} ${readList(peer).download}`);
} catch (error) {
  console.error(error instanceof VideorftError ? error.describe() : reasonOf(error));
  process.exitCode = 1;
}
