// How the review looks, on top of the style that reports have (report/page-style.ts): a list beside an open sample, each scrolling by itself.

export const reviewCss = `
:root { --on-accent: #fff; --accent-strong: #1d6a9a; --amber: #96660a; --edit: #6b4fb3; }
@media (prefers-color-scheme: dark) { :root { --on-accent: #0d1216; --accent-strong: #7cbde4; --amber: #e0b25c; --edit: #b9a4ef; } }
body.studio { height: 100dvh; overflow: hidden; }
#studio { display: grid; grid: auto minmax(0, 1fr) / 370px minmax(0, 1fr); height: 100%; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
[hidden] { display: none !important; }
:focus-visible { outline: 2px solid var(--accent-strong); outline-offset: 1px; }
button { font: inherit; font-size: 13.5px; color: var(--ink); background: var(--panel); border: 1px solid var(--line); border-radius: 6px;
  padding: 4px 11px; cursor: pointer; }
button:hover:not(:disabled) { border-color: var(--soft); } button:disabled { opacity: 0.45; cursor: default; }
button.primary { background: var(--accent-strong); border-color: var(--accent-strong); color: var(--on-accent); }
kbd { font: 11px ui-monospace, Menlo, Consolas, monospace; color: var(--soft); border: 1px solid var(--line); border-radius: 4px;
  padding: 0 4px; margin-left: 7px; background: var(--paper); }
.badge { font-size: 11.5px; line-height: 1.5; border-radius: 9px; padding: 0 8px; border: 1px solid currentColor; white-space: nowrap; }
.badge.kept, .badge.accept { color: var(--good); } .badge.rejected, .badge.reject, .badge.discard { color: var(--bad); }
.badge.quarantined, .badge.stale { color: var(--amber); } .badge.edit { color: var(--edit); }
.badge.decision { background: var(--panel); font-weight: 600; }
header.top { grid-column: 1 / -1; max-width: none; margin: 0; padding: 9px 18px; display: flex; gap: 14px; align-items: center;
  border-bottom: 1px solid var(--line); }
header.top h1 { font-size: 17px; margin: 0; } .top .name { font: 12.5px ui-monospace, Menlo, Consolas, monospace; color: var(--soft);
  overflow: hidden; text-overflow: ellipsis; white-space: nowrap; min-width: 60px; }
.top .far { white-space: nowrap; font-variant-numeric: tabular-nums; font-size: 13px; } .top .changed { color: var(--amber); font-size: 13px; }
.tools { margin-left: auto; display: flex; gap: 6px; }
nav.side { display: flex; flex-direction: column; align-items: stretch; flex-wrap: nowrap; gap: 0; padding: 0; margin: 0; min-height: 0; border: 0;
  border-right: 1px solid var(--line); font-size: 14px; }
.filters { padding: 12px 14px 10px; border-bottom: 1px solid var(--line); }
input, select, textarea { font: inherit; font-size: 13.5px; color: var(--ink); background: var(--paper); border: 1px solid var(--soft);
  border-radius: 6px; padding: 5px 8px; width: 100%; }
select { padding: 3px 4px; } select.set { border-color: var(--accent-strong); background: var(--panel); font-weight: 600; }
.menus { display: grid; grid-template-columns: 1fr 1fr; gap: 6px 10px; margin: 9px 0 0; } .menus label { font-size: 11.5px; color: var(--soft); }
.filters > button { margin-top: 9px; }
.list { display: flex; flex-direction: column; min-height: 0; flex: 1; } .list .status { margin: 0; padding: 0 14px; font-size: 13px; color: var(--soft); }
.list .status:not(:empty) { padding: 10px 14px; }
.rows { list-style: none; margin: 0; padding: 0; overflow-y: auto; flex: 1; } .rows.waiting { opacity: 0.5; }
.row { display: block; width: 100%; text-align: left; border: 0; border-bottom: 1px solid var(--line); border-left: 3px solid transparent;
  border-radius: 0; background: none; padding: 8px 12px 8px 11px; }
.row:hover:not(:disabled) { background: var(--panel); border-color: transparent; border-bottom-color: var(--line); } .row[aria-current="true"], .row[aria-current="true"]:hover:not(:disabled) { background: var(--panel); border-left-color: var(--accent-strong); }
.row:focus-visible { outline-offset: -3px; }
.row .head { display: flex; gap: 8px; justify-content: space-between; align-items: baseline; }
.row .id { font: 12px ui-monospace, Menlo, Consolas, monospace; color: var(--soft); overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.row .badges { display: flex; gap: 5px; }
.row .problem { display: -webkit-box; -webkit-line-clamp: 2; -webkit-box-orient: vertical; overflow: hidden; overflow-wrap: anywhere; margin: 2px 0 1px; }
.row .foot { font-size: 12px; color: var(--soft); }
.pages { display: flex; justify-content: space-between; padding: 8px 12px; border-top: 1px solid var(--line); }
main.open { max-width: none; margin: 0; padding: 0; display: flex; flex-direction: column; min-height: 0; min-width: 0; }
.alarm { margin: 0; padding: 8px 20px; max-width: none; background: var(--removed); color: var(--ink); } .alarm:empty { display: none; }
.sample { flex: 1; overflow-y: auto; display: grid; grid-template-columns: minmax(300px, 5fr) minmax(340px, 6fr); gap: 26px; padding: 18px 22px 28px;
  align-items: start; align-content: start; }
.sample section { padding: 0; } .sample section + section { border: 0; margin-top: 22px; }
.sample .empty { grid-column: 1 / -1; text-align: center; margin: 15vh auto; color: var(--soft); }
.sample h2 { font-size: 18px; line-height: 1.35; margin: 8px 0 8px; overflow-wrap: anywhere; white-space: pre-wrap; } .sample h3 { margin: 0 0 6px; } .sample h4 { font-size: 13.5px; margin: 14px 0 4px; }
.seen { position: sticky; top: 0; } .seen > * + * { margin-top: 16px; }
.medium video, .medium img { display: block; width: 100%; max-height: 46dvh; background: #000; border-radius: 6px; object-fit: contain; }
.medium .note { margin: 6px 0 0; overflow-wrap: anywhere; }
.nothing { background: var(--panel); border: 1px dashed var(--soft); border-radius: 6px; padding: 26px 20px; margin-bottom: 8px; overflow-wrap: anywhere; }
.nothing p { margin: 6px 0 0; } progress { width: 100%; margin-top: 10px; accent-color: var(--accent-strong); }
.description > p { margin-top: 0; }
.track { position: relative; height: 24px; margin: 12px 0 10px; background: var(--panel); border-radius: 4px; overflow: hidden; border: 1px solid var(--line); }
.stretch { position: absolute; top: 0; bottom: 0; padding: 0; border: 0; border-right: 2px solid var(--paper); border-radius: 0;
  background: var(--accent); opacity: 0.4; } .stretch:hover { opacity: 0.7; } .stretch.on { opacity: 1; } .stretch:focus-visible { outline-offset: -3px; }
.playhead { position: absolute; top: 0; bottom: 0; width: 2px; background: var(--ink); pointer-events: none; }
.moments { list-style: none; margin: 0; padding: 0; max-height: 34dvh; overflow-y: auto; position: relative; }
.moments li { display: flex; gap: 10px; align-items: flex-start; padding: 7px 9px; border-radius: 6px; } .moments li[aria-current="true"] { background: var(--panel); }
.moments p { margin: 0; } .moments .time { font-variant-numeric: tabular-nums; font-size: 12px; padding: 1px 7px; }
.facts { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 2px 14px; margin: 8px 0; font-size: 13.5px; }
.facts dt { color: var(--soft); } .facts dd { margin: 0; overflow-wrap: anywhere; white-space: pre-wrap; }
.moments .facts { font-size: 12.5px; margin: 3px 0 0; }
.tags { display: flex; flex-wrap: wrap; gap: 5px 9px; align-items: center; margin: 0; font-size: 13px; overflow-wrap: anywhere; } .tag-word { color: var(--soft); }
.choices { list-style: none; padding: 0; margin: 0 0 10px; } .choices li { padding: 3px 10px; border-left: 3px solid var(--line); margin: 3px 0; overflow-wrap: anywhere; }
.choices .right { border-left-color: var(--good); background: var(--added); } .choices .wrong { border-left-color: var(--bad); background: var(--removed); }
.choices .said { font-size: 12px; font-style: italic; margin-left: 12px; } .path { margin: 4px 0 0; overflow-wrap: anywhere; }
.sample .why { border-left: 3px solid var(--soft); background: var(--panel); border-radius: 0 6px 6px 0; padding: 10px 14px; margin: 16px 0 0; }
.sample .why.rejected { border-left-color: var(--bad); } .sample .why.quarantined, .sample .why.stale { border-left-color: var(--amber); }
.sample .why + section { margin-top: 22px; }
.titled { display: flex; flex-wrap: wrap; gap: 6px 16px; align-items: baseline; } .tabs { display: flex; flex-wrap: wrap; gap: 4px; }
.tabs button { padding: 1px 10px; border-color: transparent; background: none; color: var(--accent-strong); }
.tabs [aria-selected="true"] { background: var(--panel); border-color: var(--line); color: var(--ink); }
.sample .words { line-height: 1.65; margin-top: 8px; padding: 2px; font-size: 15px; } .corrections { padding-left: 18px; margin: 4px 0; } .corrections p { margin: 0 0 8px; }
summary, .studio a { color: var(--accent-strong); }
.told details { margin-top: 16px; }
.foot-bar { border-top: 1px solid var(--line); padding: 9px 22px; } .actions-bar { display: flex; flex-wrap: wrap; gap: 6px 18px; align-items: center; }
.decide { display: flex; flex-wrap: wrap; gap: 6px; } .decide p { margin: 0; } .walk { margin-left: auto; display: flex; gap: 6px; }
.decide [aria-pressed="true"] { background: var(--ink); color: var(--paper); border-color: var(--ink); } .decide [aria-pressed="true"] kbd { color: var(--ink); }
.warn { order: 3; width: 100%; margin: 0; max-width: none; color: var(--amber); }
.said-last { margin: 4px 0 0; min-height: 1.5em; font-size: 13px; color: var(--soft); }
dialog { background: var(--paper); color: var(--ink); border: 1px solid var(--line); border-radius: 10px; padding: 22px 26px; max-width: min(860px, 92vw); }
dialog::backdrop { background: rgb(0 0 0 / 0.45); } dialog.editor { width: 860px; } .field { margin-top: 12px; } .field label { font-weight: 600; }
.field textarea { line-height: 1.6; resize: vertical; } .field .note { margin: 2px 0 0; } .problem-text { color: var(--bad); min-height: 1.5em; margin: 8px 0 0; }
.actions { display: flex; gap: 8px; margin-top: 14px; } .keys { display: grid; grid-template-columns: max-content 1fr; gap: 5px 18px; } .keys dd { margin: 0; }
.applied li { overflow-wrap: anywhere; }
@media (max-width: 1050px) { .sample { grid-template-columns: minmax(0, 1fr); } .seen { position: static; } #studio { grid-template-columns: 300px minmax(0, 1fr); } }
@media (max-width: 700px) { body.studio { height: auto; overflow: auto; } #studio { display: block; height: auto; } nav.side { height: 46dvh; }
  header.top { flex-wrap: wrap; } .foot-bar { position: sticky; bottom: 0; background: var(--paper); } }
@media (prefers-reduced-motion: reduce) { * { scroll-behavior: auto !important; } }
`;
