// The rules of ARCHITECTURE.md as functions from a source tree to sentences, one per violation.
import type { Import, SourceFile } from './source.ts';

/** Rooms from left to right; those in one list are siblings. */
const storeys: readonly (readonly string[])[] = [
  ['base'],
  ['data', 'media', 'engine', 'runs', 'llm'],
  ['prompt'],
  ['models', 'rewards', 'report'],
  ['backends'],
  ['ingest', 'curate', 'train', 'evaluate', 'analyze', 'serve', 'world'],
  ['studio'],
  ['recipes'],
  ['cli'],
];
const storeyOf = (room: string) => storeys.findIndex((rooms) => rooms.includes(room));
const drawing = storeys.map((rooms) => (rooms.length > 1 ? `{${rooms.join(', ')}}` : rooms[0])).join(' → ');

/** The one file that may import each native package. */
const owners: Readonly<Record<string, string>> = {
  'node-av': 'media/av.ts',
  sharp: 'media/image.ts',
  'onnxruntime-node': 'engine/runtime/ort.ts',
};

export const maxLines = 300;

type Rule = (file: SourceFile) => string[];

const each = (file: SourceFile, check: (i: Import) => string | undefined): string[] =>
  file.imports.map(check).filter((sentence) => sentence !== undefined);

const rooms: Rule = ({ path, room }) =>
  room !== '' && storeyOf(room) < 0
    ? [`${path}: there is no room called ${room}; the rooms are ${drawing}. A new one needs a place in that order.`]
    : [];

const directions: Rule = (file) =>
  each(file, ({ target, specifier }) => {
    if (target === undefined || file.room === '') return undefined;
    if (target.startsWith('..') && file.isTest) return undefined;
    if (target.startsWith('..'))
      return `${file.path} imports ${specifier}, which is outside src/: move what it needs inside.`;
    const to = target.includes('/') ? target.split('/')[0] : '';
    if (to === file.room) return undefined;
    const [here, there] = [storeyOf(file.room), to === '' ? storeys.length : storeyOf(to)];
    if (there < here) return undefined;
    const why =
      here === there
        ? `${file.room} and ${to} are siblings: move what both need to the left, or declare a port in ${file.room} that ${to} fulfils`
        : `imports go from right to left only: ${drawing}`;
    return `${file.path} imports ${target}, but ${why}.`;
  });

const nativeOwners: Rule = (file) =>
  each(file, ({ specifier, typeOnly, dynamic }) => {
    const name = Object.keys(owners).find((native) => specifier === native || specifier.startsWith(`${native}/`));
    // Tests may: the library itself is the independent truth for its owner.
    if (name === undefined || file.isTest) return undefined;
    if (owners[name] !== file.path) {
      return `${file.path} imports ${name}, which only src/${owners[name]} may do: use what that file exports.`;
    }
    if (typeOnly || dynamic) return undefined;
    return `${file.path} loads ${name} at once: import it lazily, inside the function that needs it, so that nobody else pays for it.`;
  });

const isAdapter = (target: string) =>
  target.startsWith('backends/') && !/^backends\/(port|index|objective|conformance[^/]*)\.ts$/.test(target);

const adapters: Rule = (file) =>
  each(file, ({ target }) => {
    if (target === undefined || !isAdapter(target)) return undefined;
    if (file.isTest || ['', 'backends', 'recipes', 'cli'].includes(file.room)) return undefined;
    return `${file.path} names the adapter ${target}: take a Backend (backends/port.ts) as a parameter; cli/ and recipes/ construct adapters.`;
  });

/** Folders that may name a model: models/, and the recipe that makes one from nothing, which has to say what it makes. */
const knowsModels = /^(models|recipes\/pretrain)\//;

/** A page runs in the browser: it knows its own files and what server and page say to each other. */
const pages: Rule = (file) =>
  each(file, ({ target, specifier }) => {
    if (!file.path.startsWith('studio/client/') || file.isTest) return undefined;
    if (target?.startsWith('studio/client/') || target === 'studio/api.ts') return undefined;
    return `${file.path} imports ${specifier}, but pages know only studio/api.ts: what they need comes from the server.`;
  });

const modelNames: Rule = (file) =>
  each(file, ({ text }) => {
    const found = /qwen|siglip|clip_?-?model|\/clip\//i.exec(text)?.[0];
    if (!found || file.isTest || knowsModels.test(file.path)) return undefined;
    return `${file.path} imports something called "${found}": only models/ knows a model's name; use what models/index.ts exports.`;
  });

const size: Rule = ({ path, text }) => {
  const lines = text.trimEnd().split('\n').length;
  return lines > maxLines ? [`${path} has ${lines} lines, more than ${maxLines}: split it by what it does.`] : [];
};

const opening: Rule = ({ path, text }) =>
  /^(#!.*\n)?(\/\/|\/\*)/.test(text)
    ? []
    : [`${path} must open with a comment: what it does, what it leaves out, how to run it if it can be run.`];

/** Cycles among files, each told once. Types and dynamic imports do not count: they load nothing while a file loads. */
function cycles(files: readonly SourceFile[]): string[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path);
    if (at >= 0) {
      const loop = [...trail.slice(at), path].join(' → ');
      found.push(`${loop} is a cycle: move what they share into a file of its own.`);
      return;
    }
    if (done.has(path)) return;
    for (const { target, typeOnly, dynamic } of byPath.get(path)?.imports ?? []) {
      if (target && !typeOnly && !dynamic) visit(target, [...trail, path]);
    }
    done.add(path);
  };
  for (const { path } of files) visit(path, []);
  return found;
}

/** Rooms with an index.ts that the public table of contents does not export. */
function unlisted(files: readonly SourceFile[]): string[] {
  const contents = files.find((file) => file.path === 'index.ts');
  const doors = files.map((file) => /^([^/]+)\/index\.ts$/.exec(file.path)?.[1]).filter((room) => room !== undefined);
  return doors
    .filter((room) => !contents?.imports.some(({ target }) => target === `${room}/index.ts`))
    .map((room) => `src/index.ts does not list ${room}: add export * as ${room} from './${room}/index.ts';`);
}

/** Every violation in a tree, as sentences for somebody who meets the rule for the first time. */
export function violations(files: readonly SourceFile[]): string[] {
  const rules = [rooms, directions, nativeOwners, adapters, pages, modelNames, size, opening];
  return [...files.flatMap((file) => rules.flatMap((rule) => rule(file))), ...cycles(files), ...unlisted(files)];
}
