// SPDX-License-Identifier: Apache-2.0

/** The style sheet of the page of a bisection; light or dark as the reader's system is. */
export const bisectionStyle = `
:root { color-scheme: light dark; --ink: #1c2128; --faint: #59636e; --paper: #ffffff; --card: #f6f8fa;
  --line: #d1d9e0; --good: #116329; --good-back: #dafbe1; --bad: #a40e26; --bad-back: #ffebe9;
  --doubt: #7d4e00; --doubt-back: #fff8c5; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6edf3; --faint: #9198a1; --paper: #0d1117; --card: #151b23; --line: #3d444d;
    --good: #56d364; --good-back: #12261e; --bad: #ff7b72; --bad-back: #3c1618;
    --doubt: #e3b341; --doubt-back: #2e2a1f; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem 1.25rem; max-width: 62rem; color: var(--ink);
  background: var(--paper); font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .25rem; }
h2 { font-size: 1.1rem; margin: 0 0 .6rem; }
h3 { font-size: .95rem; margin: 1rem 0 .3rem; color: var(--faint); }
section { margin: 1.75rem 0 0; }
.verb { margin: 0; color: var(--faint); font: 600 .85rem ui-monospace, monospace; }
.where { color: var(--faint); font-size: .85rem; margin: .15rem 0; overflow-wrap: anywhere; }
.cause { padding: 1rem 1.25rem; border: 1px solid var(--line); border-left: .3rem solid var(--bad);
  border-radius: .4rem; background: var(--card); }
.rest { padding: 1rem 1.25rem; border: 1px solid var(--line); border-radius: .4rem; }
.rest p { margin: 0; }
.item + .item { margin-top: 1rem; }
.what { font-weight: 600; overflow-wrap: anywhere; }
pre { margin: .4rem 0 0; padding: .6rem .8rem; overflow-x: auto; border: 1px solid var(--line);
  border-radius: .3rem; background: var(--paper); font: .85rem/1.45 ui-monospace, monospace; }
.diff span { display: block; min-height: 1.45em; min-width: max-content; margin: 0 -.8rem; padding: 0 .8rem; }
.diff { white-space: pre; }
.diff .gone { color: var(--bad); background: var(--bad-back); }
.diff .come { color: var(--good); background: var(--good-back); }
.diff .hunk, .diff .file { color: var(--faint); }
.fault { overflow-wrap: anywhere; }
.fault pre { white-space: pre-wrap; overflow-wrap: anywhere; }
summary { cursor: pointer; font-weight: 600; }
ol { padding-left: 2rem; }
ol li { margin: .3rem 0; overflow-wrap: anywhere; }
ul { margin: .2rem 0; padding-left: 1.2rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1.25rem; margin: 0; }
dt { color: var(--faint); }
dd { margin: 0; overflow-wrap: anywhere; font-family: ui-monospace, monospace; font-size: .9rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th { text-align: left; color: var(--faint); font-weight: 600; }
th, td { padding: .35rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
.chip { display: inline-block; padding: 0 .55rem; border-radius: 1rem; font-size: .8rem; font-weight: 600; }
.chip.good { color: var(--good); background: var(--good-back); }
.chip.bad { color: var(--bad); background: var(--bad-back); }
.chip.unresolved { color: var(--doubt); background: var(--doubt-back); }
@media print { body { padding: 0; } pre { white-space: pre-wrap; } }
`;
