// SPDX-License-Identifier: Apache-2.0
/** A bisection as one page of HTML: nothing is fetched, nothing is run, it may be mailed. */
import {
  type AccountCause,
  type AccountHistory,
  type AccountItem,
  type AccountRuns,
  type BisectionAccount,
  describeRuns,
} from './bisection-account.ts';
import { bisectionStyle } from './bisection-style.ts';
import { xmlText } from './xml-text.ts';

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

/** Text as it may stand in an element or in an attribute. */
const text = (value: string): string =>
  xmlText(value).replaceAll(/[&<>"]/g, (character) => escapes[character] ?? '');

const words = { good: 'good', bad: 'bad', unresolved: 'neither' };

const chip = (verdict: AccountRuns['verdict']): string =>
  `<span class="chip ${verdict}">${words[verdict]}</span>`;

/** A line of a diff by its first character. */
function diffLine(line: string): string {
  const kinds: readonly [RegExp, string][] = [
    [/^(?:---|\+\+\+) /, 'file'],
    [/^@@/, 'hunk'],
    [/^-/, 'gone'],
    [/^\+/, 'come'],
  ];
  const kind = kinds.find(([pattern]) => pattern.test(line))?.[1];
  return `<span class="${kind ?? 'same'}">${text(line)}</span>`;
}

function item({ what, lines }: AccountItem): string {
  const [title = '', ...places] = what.split('\n');
  const where = places.map((place) => `<div class="where">${text(place.trim())}</div>`).join('');
  const diff = lines.length === 0 ? '' : `<pre class="diff">${lines.map(diffLine).join('')}</pre>`;
  return `<div class="item"><div class="what">${text(title)}</div>${where}${diff}</div>`;
}

function cause({ title, items, faults, proof, evidence }: AccountCause): string {
  const failing = faults.map(
    ({ assertion, message }) =>
      `<div class="fault"><b>not so:</b> ${text(assertion)}<pre>${text(message.replaceAll('; ', '\n'))}</pre></div>`,
  );
  const known = proof.map((row) => `<li>${text(row)}</li>`).join('');
  const kept =
    evidence === undefined ? '' : `<p class="where">evidence: <code>${text(evidence)}</code></p>`;
  return [
    `<section class="cause"><h2>${text(title)}</h2>`,
    ...items.map(item),
    failing.length === 0 ? '' : '<h3>What fails</h3>',
    ...failing,
    known === '' ? '' : `<h3>How it is known</h3><ul>${known}</ul>`,
    kept,
    '</section>',
  ].join('\n');
}

function historySection({ title, items, notes }: AccountHistory): string {
  const rows = notes.map((note) => `<li>${text(note)}</li>`).join('');
  return [
    `<section class="cause"><h2>${text(title)}</h2>`,
    ...items.map(item),
    rows === '' ? '' : `<ul>${rows}</ul>`,
    '</section>',
  ].join('\n');
}

const time = (ms: number | undefined): string =>
  ms === undefined || ms === 0 ? '' : `${(ms / 1000).toFixed(1)} s`;

function runsTable(heading: string, rows: readonly AccountRuns[]): string {
  if (rows.length === 0) return '';
  const body = rows.map((row, index) => {
    const why = row.why === undefined ? '' : `<div class="where">${text(row.why)}</div>`;
    return `<tr><td class="number">${index + 1}</td><td>${chip(row.verdict)}</td><td>${text(row.what)}${why}</td><td>${text(describeRuns(row))}</td><td class="number">${time(row.tookMs)}</td></tr>`;
  });
  return `<section><h2>${heading}</h2>
<div class="wide"><table><thead><tr><th></th><th>verdict</th><th>what</th><th>runs</th><th class="number">time</th></tr></thead>
<tbody>
${body.join('\n')}
</tbody></table></div></section>`;
}

/** What the numbers in the steps are; closed until it is wanted. */
function betweenList({ between = [] }: BisectionAccount): string {
  if (between.length === 0) return '';
  const rows = between.map(({ what, cause }) => {
    const [title = '', ...places] = what.split('\n');
    const mark = cause === undefined ? '' : ' <span class="chip bad">guilty</span>';
    const where = places.map((place) => `<div class="where">${text(place.trim())}</div>`);
    return `<li>${text(title)}${mark}${where.join('')}</li>`;
  });
  return `<section><details><summary>All ${between.length} changes, as they are numbered</summary>
<ol>
${rows.join('\n')}
</ol></details></section>`;
}

/** The page. */
export function bisectionHtml(account: BisectionAccount): string {
  const {
    verb,
    answer,
    asked,
    ends,
    history,
    causes,
    rest,
    steps,
    notes,
    effort,
    startedAt,
    tookMs,
  } = account;
  const facts = asked.map(([name, value]) => `<dt>${text(name)}</dt><dd>${text(value)}</dd>`);
  const left =
    rest === undefined
      ? ''
      : `<section class="rest"><h2>All else</h2><p>${chip(rest.verdict)} ${text(rest.text)}</p></section>`;
  const remarks = notes.map((note) => `<li>${text(note)}</li>`).join('');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${text(`${answer} – crosspage ${verb}`)}</title>
<style>${bisectionStyle}</style>
</head>
<body>
<header><p class="verb">crosspage ${text(verb)}</p><h1>${text(answer)}</h1>
<p class="where">${text(effort)}</p></header>
<main>
${[...(history === undefined ? [] : [historySection(history)]), ...causes.map(cause)].join('\n')}
${left}
<section><h2>What was asked</h2><dl>
${facts.join('\n')}
</dl></section>
${runsTable('The ends', ends)}
${runsTable('Between them', steps)}
${betweenList(account)}
${remarks === '' ? '' : `<section><h2>Remarks</h2><ul>${remarks}</ul></section>`}
</main>
<footer><p class="where">begun ${text(startedAt)}, took ${time(tookMs)}</p></footer>
</body>
</html>
`;
}
