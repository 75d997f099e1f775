"""How the report looks, on a screen and on A4."""

STYLE = """
:root { --ink: #1b1f24; --quiet: #5c6670; --line: #d9dde1; --good: #1d6b3f; --bad: #a3241c; --wait: #7a5a00; }
* { box-sizing: border-box; }
body { margin: 0; background: #f2f1ee; color: var(--ink);
  font: 15px/1.5 "Helvetica Neue", "Liberation Sans", Arial, sans-serif; }
main { max-width: 800px; margin: 32px auto; padding: 56px 64px; background: #fff; border: 1px solid var(--line); }
h1, h2, h3 { font-family: "Iowan Old Style", "Palatino Linotype", "Liberation Serif", Georgia, serif;
  font-weight: 600; line-height: 1.25; margin: 0; overflow-wrap: anywhere; }
h1 { font-size: 31px; margin: 4px 0 10px; }
h2 { font-size: 20px; margin: 40px 0 12px; padding-top: 14px; border-top: 2px solid var(--ink); break-after: avoid; }
h3 { font-size: 16.5px; white-space: pre-line; }
p { margin: 0 0 10px; }
ul, ol { margin: 0 0 10px; padding-left: 22px; }
li { margin-bottom: 4px; }
a { color: inherit; }
code, .mono { font: 12.5px/1.45 "SFMono-Regular", "Liberation Mono", Menlo, Consolas, monospace;
  overflow-wrap: anywhere; }
.id { white-space: nowrap; }
small, .quiet { color: var(--quiet); font-size: 13px; }
.eyebrow { font-size: 12.5px; letter-spacing: .09em; text-transform: uppercase; color: var(--quiet); margin: 0; }
.sum { display: flex; gap: 0; margin: 26px 0 10px; border: 1px solid var(--line); break-inside: avoid; }
.sum div { flex: 1; padding: 12px 16px; border-left: 1px solid var(--line); }
.sum div:first-child { border-left: 0; }
.sum b { display: block; font: 600 27px/1.1 "Iowan Old Style", "Palatino Linotype", "Liberation Serif", Georgia, serif;
  font-variant-numeric: lining-nums; }
.sum span { font-size: 12.5px; color: var(--quiet); }
.good { color: var(--good); } .bad { color: var(--bad); } .wait { color: var(--wait); }
.promise { padding: 18px 0 14px; border-top: 1px solid var(--line); }
.promise:first-of-type { border-top: 0; padding-top: 4px; }
.promise header { display: flex; justify-content: space-between; gap: 20px; margin-bottom: 4px; break-after: avoid;
  font-size: 13px; color: var(--quiet); }
.verdict { font-weight: 700; white-space: nowrap; }
dl { display: grid; grid-template-columns: 92px 1fr; gap: 3px 14px; margin: 10px 0 0; }
dt { color: var(--quiet); } dd { margin: 0; overflow-wrap: anywhere; }
.evidence { margin: 10px 0 0; padding: 9px 14px; border-left: 3px solid var(--line); background: #faf9f7;
  break-inside: avoid; }
.evidence p { margin: 0 0 4px; white-space: pre-wrap; overflow-wrap: anywhere; }
.evidence p:last-child { margin: 0; white-space: normal; }
.turn { margin: 10px 0 0; padding: 2px 0 2px 14px; border-left: 3px solid currentColor; break-inside: avoid; }
.turn.quiet { border-color: var(--line); }
.turn p { margin: 0; color: var(--ink); font-size: 14px; }
.turn .what { color: inherit; font-weight: 700; }
.reason { display: block; white-space: pre-line; overflow-wrap: anywhere; font-style: italic; }
.none { margin: 10px 0 0; }
.note { padding: 12px 16px; border: 1px solid var(--line); background: #faf9f7; break-inside: avoid; }
.note p:last-child { margin: 0; }
table { width: 100%; border-collapse: collapse; font-size: 13px; }
th { text-align: left; font-weight: 600; color: var(--quiet); }
th, td { padding: 4px 12px 4px 0; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; }
td.n { font-variant-numeric: tabular-nums; white-space: nowrap; }
tr { break-inside: avoid; } thead { display: table-header-group; }
pre { margin: 0 0 10px; padding: 10px 14px; background: #faf9f7; border: 1px solid var(--line); white-space: pre-wrap;
  break-inside: avoid; }
@media (max-width: 640px) { main { margin: 0; padding: 24px 20px; border: 0; } .sum { flex-wrap: wrap; }
  .sum div { flex: 1 0 45%; border-left: 0; } }
@page { size: A4; margin: 18mm 17mm 20mm;
  @bottom-right { content: counter(page) " / " counter(pages); font: 9pt "Liberation Sans", Arial, sans-serif; } }
@media print {
  body { background: #fff; font-size: 10.5pt; } main { margin: 0; padding: 0; border: 0; max-width: none; }
  h1 { font-size: 22pt; } h2 { font-size: 14.5pt; margin-top: 26px; } h3 { font-size: 12pt; }
}
"""
