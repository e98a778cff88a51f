// The one style sheet of every report: light and dark by the reader's preference, print-friendly, no external resource.

export const pageCss = `
:root { color-scheme: light dark;
  --paper: #fdfdfc; --panel: #f5f5f2; --ink: #1c1d1f; --soft: #5d6168; --line: #dfdfda; --accent: #2b83ba;
  --good: #1b7f5c; --bad: #b5462f; --mark: #fff0b3; --added: #d9f0e4; --removed: #f9ddd6; }
@media (prefers-color-scheme: dark) { :root {
  --paper: #16181b; --panel: #1e2125; --ink: #e4e5e7; --soft: #9aa0a8; --line: #33373d; --accent: #64abd6;
  --good: #55bd95; --bad: #e58a74; --mark: #5a4a12; --added: #1d4434; --removed: #552b22; } }
* { box-sizing: border-box; }
html { scroll-behavior: smooth; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
main, header { max-width: 1080px; margin: 0 auto; padding: 0 28px; }
header { padding-top: 44px; }
h1 { font-size: 30px; line-height: 1.2; letter-spacing: -0.015em; margin: 0 0 6px; }
h2 { font-size: 20px; letter-spacing: -0.01em; margin: 0 0 4px; }
h3 { font-size: 15px; margin: 28px 0 8px; }
p { margin: 6px 0 12px; max-width: 74ch; }
.lead, .note, figcaption, .meta { color: var(--soft); }
.note, figcaption { font-size: 13px; }
a { color: var(--accent); text-decoration: none; } a:hover { text-decoration: underline; }
nav { display: flex; flex-wrap: wrap; gap: 4px 18px; padding: 12px 0; margin-top: 18px; font-size: 13.5px;
  border-top: 1px solid var(--line); border-bottom: 1px solid var(--line); }
section { padding: 34px 0 8px; }
section + section { border-top: 1px solid var(--line); margin-top: 30px; }
code, pre { font: 12.5px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
pre { background: var(--panel); border: 1px solid var(--line); border-radius: 6px; padding: 10px 14px; overflow-x: auto;
  white-space: pre-wrap; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; margin: 10px 0 14px; }
th, td { text-align: left; padding: 6px 26px 6px 0; border-bottom: 1px solid var(--line); vertical-align: baseline; }
thead th { font-size: 12.5px; font-weight: 500; color: var(--soft); border-bottom: 1px solid var(--soft); }
tbody th { font-weight: 500; }
td.number, th.number { text-align: right; } td.number { white-space: nowrap; }
th:last-child, td:last-child { padding-right: 0; }
.interval { color: var(--soft); font-size: 12.5px; white-space: nowrap; }
.pair { display: flex; flex-wrap: wrap; gap: 10px 34px; align-items: center; margin: 14px 0 6px; }
.beside { display: flex; flex-wrap: wrap; gap: 18px 34px; align-items: flex-start; margin: 14px 0 6px; }
.beside > * { flex: 1 1 330px; max-width: 500px; min-width: 0; }
.pair.top { align-items: flex-start; gap: 0 80px; margin: 0; }
.tiles + p { margin-top: 18px; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(185px, 1fr)); gap: 12px; margin: 22px 0 10px; }
.tile { background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: 13px 16px; }
.tile b { display: block; font-size: 25px; font-weight: 600; letter-spacing: -0.02em; font-variant-numeric: tabular-nums; }
.tile span { display: block; font-size: 12.5px; color: var(--soft); }
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(310px, 1fr)); gap: 22px 26px; margin: 16px 0; }
figure { margin: 0; min-width: 0; } figure svg { max-width: 100%; height: auto; display: block; }
.bar { display: inline-block; height: 11px; border-radius: 2px; background: var(--accent); opacity: 0.75; vertical-align: -1px; }
.bar.bad { background: var(--bad); } .bar.good { background: var(--good); }
td.wide { width: 340px; }
details { margin: 10px 0; } summary { cursor: pointer; color: var(--accent); font-size: 13.5px; }
.card { border: 1px solid var(--line); border-radius: 8px; padding: 16px 18px; margin: 18px 0; }
.card h3 { margin: 0 0 4px; font-size: 16px; }
.strip { display: flex; flex-wrap: wrap; gap: 6px; padding: 8px 0 10px; }
.strip img { display: block; max-width: 100%; border-radius: 3px; image-rendering: pixelated; }
.strip figcaption { font-size: 11.5px; text-align: center; font-variant-numeric: tabular-nums; }
.options { list-style: none; padding: 0; margin: 4px 0; display: flex; flex-wrap: wrap; gap: 4px 20px; }
.completions { display: grid; grid-template-columns: repeat(auto-fill, minmax(420px, 1fr)); gap: 12px; margin-top: 10px; }
.completion { background: var(--panel); border-radius: 6px; padding: 11px 14px; border-left: 3px solid var(--line); min-width: 0; }
.completion.up { border-left-color: var(--good); } .completion.down { border-left-color: var(--bad); }
.scores { display: flex; flex-wrap: wrap; gap: 2px 14px; font-size: 12.5px; color: var(--soft);
  font-variant-numeric: tabular-nums; margin-bottom: 6px; }
.scores b { color: var(--ink); }
.words { white-space: pre-wrap; overflow-wrap: anywhere; margin: 0; font-size: 14px; max-width: none; }
.tag { font: 12px ui-monospace, Menlo, Consolas, monospace; color: var(--soft); }
mark { background: var(--mark); color: inherit; border-radius: 2px; padding: 1px 0; }
ins { background: var(--added); text-decoration: none; border-radius: 2px; }
del { background: var(--removed); text-decoration: line-through; text-decoration-thickness: 1px; border-radius: 2px; }
.good { color: var(--good); } .bad { color: var(--bad); }
footer { max-width: 1080px; margin: 40px auto 0; padding: 16px 28px 44px; border-top: 1px solid var(--line);
  font-size: 12.5px; color: var(--soft); }
@media (max-width: 560px) { main, header, footer { padding-left: 16px; padding-right: 16px; }
  .completions { grid-template-columns: 1fr; } th, td { padding-right: 14px; } td.wide { width: 120px; } }
@media print { nav { display: none; } section { break-inside: avoid-page; } }
`;
