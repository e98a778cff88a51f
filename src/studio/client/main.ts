// The review's page: wires list, filters, sample, decisions and keys. All that it knows it asks the server for.
import type { Decided, Decision, Detail, Filters, Overview } from '../api.ts';
import { type Actions, showActions } from './actions.ts';
import { append, fill, h } from './dom.ts';
import { editor } from './editor.ts';
import { filterBar } from './filters.ts';
import { server } from './http.ts';
import { helpWindow, type Key, listenToKeys } from './keys.ts';
import { sampleList } from './list.ts';
import { readPlace, writePlace } from './place.ts';
import { sampleView } from './sample.ts';
import { toolbar } from './toolbar.ts';
import { decisionWords } from './words.ts';

const PAUSE_MS = 700;

let { filters, n: current } = readPlace();
let overview: Overview | undefined;
let detail: Detail | undefined;
let counting = 0;

const said = h('p', { class: 'said-last', role: 'status' });
const alarm = h('p', { class: 'alarm', role: 'alert' });
const bar = h('div', { class: 'actions-bar', role: 'toolbar', 'aria-label': 'Decision' });
const view = sampleView();

const say = (text: string) => void fill(said, text);
const fail = (error: unknown) => void fill(alarm, error instanceof Error ? error.message : String(error));

/** Runs what a button or key starts; what goes wrong is shown. */
const run = (work: () => Promise<unknown>) => () => {
  fill(alarm);
  work().catch(fail);
};

let busy: Promise<unknown> = Promise.resolve();

/** As run, but one after the other: who types ahead means the sample that comes next, not the one that is being left. */
const inTurn = (work: () => Promise<unknown>) => () => {
  busy = busy.then(() => {
    fill(alarm);
    return work().catch(fail);
  });
};

async function open(n: number): Promise<void> {
  current = n;
  writePlace({ filters, n });
  list.mark(n);
  const found = await server.detail(n);
  if (current !== n) return;
  show(found);
}

function show(found: Detail | undefined): void {
  detail = found;
  view.show(found, overview?.curation ?? false);
  showActions(bar, found, actions);
}

async function count(): Promise<void> {
  const asked = filters;
  const facets = await server.facets(asked);
  // Meanwhile another choice may have been made: its own answer follows, and this one would take it back.
  if (asked === filters) filterMenu.show(asked, facets);
}

/** Counting takes a moment where there are many rows: it waits until the reviewer pauses. */
function countSoon(): void {
  clearTimeout(counting);
  counting = window.setTimeout(() => void count().catch(fail), PAUSE_MS);
}

async function choose(now: Filters): Promise<void> {
  filters = now;
  writePlace({ filters, n: current });
  await Promise.all([count(), list.load(filters)]);
  list.mark(current);
}

async function walk(by: 1 | -1): Promise<void> {
  const n = await list.step(current, by);
  if (n === undefined) say(by === 1 ? 'That was the last one.' : 'This is the first one.');
  else await open(n);
}

/** Shows what a decision, an undo or a redo has made of a sample, and goes there. */
async function settle({ n, overview: now }: Decided): Promise<void> {
  overview = now;
  tools.show(now);
  if (n === undefined) return say('Nothing there to take back or to do again.');
  const found = await server.detail(n);
  list.setDecision(n, found.decision);
  say(`${found.id}: ${decisionWords[found.decision] ?? found.decision}`);
  current = n;
  writePlace({ filters, n });
  list.mark(n);
  show(found);
  countSoon();
}

async function decide(decision: Decision | null, goOn: boolean): Promise<void> {
  if (!detail || detail.undecidable !== undefined) return;
  await settle(await server.decide(detail.n, decision));
  if (goOn) await walk(1);
}

async function apply(): Promise<void> {
  say('Writing…');
  const { text, files } = await server.apply();
  fill(
    applied,
    h('h2', { id: 'applied-title' }, 'Applied'),
    h('pre', {}, text),
    h(
      'ul',
      {},
      files.map((file) => h('li', {}, h('code', {}, file))),
    ),
  );
  append(applied, [
    h('div', { class: 'actions' }, h('button', { type: 'button', click: () => applied.close() }, 'Close')),
  ]);
  say('');
  applied.showModal();
}

const actions: Actions = {
  accept: inTurn(() => decide({ verdict: 'accept' }, true)),
  reject: inTurn(() => decide({ verdict: 'reject' }, true)),
  discard: inTurn(() => decide({ verdict: 'discard' }, true)),
  withdraw: inTurn(() => decide(null, false)),
  edit: () => detail && detail.undecidable === undefined && edits.open(detail),
  next: inTurn(() => walk(1)),
  previous: inTurn(() => walk(-1)),
};
const undo = inTurn(async () => settle(await server.undo()));
const redo = inTurn(async () => settle(await server.redo()));

const edits = editor((decision) => decide(decision, false));
const applied = h('dialog', { class: 'applied', 'aria-labelledby': 'applied-title' });
const list = sampleList((n) => inTurn(() => open(n))(), fail);
const filterMenu = filterBar((now) => run(() => choose(now))());
const keys: Key[] = [
  { on: ['j', 'ArrowDown'], shown: 'J ↓', does: 'next sample', run: actions.next },
  { on: ['k', 'ArrowUp'], shown: 'K ↑', does: 'previous sample', run: actions.previous },
  { on: ['a'], shown: 'A', does: 'accept', run: actions.accept },
  { on: ['r'], shown: 'R', does: 'reject the chain', run: actions.reject },
  { on: ['x'], shown: 'X', does: 'discard the question', run: actions.discard },
  { on: ['e'], shown: 'E', does: 'edit and accept', run: actions.edit },
  { on: ['u'], shown: 'U', does: 'take the decision back', run: actions.withdraw },
  { on: ['z', 'ctrl+z'], shown: 'Z', does: 'undo', run: undo },
  { on: ['shift+z', 'ctrl+shift+z', 'ctrl+y'], shown: 'Shift Z', does: 'redo', run: redo },
  { on: [' '], shown: 'Space', does: 'play, pause', run: () => view.togglePlay() },
  { on: ['ArrowLeft'], shown: '←', does: 'one second back', run: () => view.seek(-1) },
  { on: ['ArrowRight'], shown: '→', does: 'one second on', run: () => view.seek(1) },
  { on: ['d'], shown: 'D', does: 'next view of the reasoning', run: () => view.nextView() },
  { on: ['/'], shown: '/', does: 'search', run: () => filterMenu.focusSearch() },
  { on: ['?'], shown: '?', does: 'these keys', run: () => help.showModal() },
];
const help = helpWindow(keys);
const tools = toolbar({ undo, redo, apply: inTurn(apply), help: () => help.showModal() });

async function start(): Promise<void> {
  overview = await server.overview();
  tools.show(overview);
  await Promise.all([count(), list.load(filters, current)]);
  const n = current ?? (await list.step(undefined, 1));
  if (n === undefined) show(undefined);
  else await open(n);
}

fill(
  document.querySelector('#studio')!,
  tools.element,
  h('nav', { class: 'side', 'aria-label': 'Samples' }, filterMenu.element, list.element),
  h('main', { class: 'open' }, alarm, view.element, h('div', { class: 'foot-bar' }, bar, said)),
  edits.element,
  help,
  applied,
);
listenToKeys(keys);
run(start)();
