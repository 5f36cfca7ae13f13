// SPDX-License-Identifier: Apache-2.0
import { type RuleText, rules } from './rules.ts';

/** The page that is made of the rules, from the project's root. */
export const documentedRules = 'lib/lint/RULES.md';

const listed = (texts: readonly (readonly [string, string | undefined])[]): string[] =>
  texts.flatMap(([name, text]) => (text === undefined ? [] : [`- \`${name}\`: ${text}.`]));

/** Written by `crosspage lint --rules --write`. */
export function rulesPage(): string {
  const entries: [string, RuleText][] = Object.entries(rules);
  const rows = entries.map(([name, { summary, source, mended = '' }]) => [
    `\`${name}\``,
    summary,
    source,
    mended,
  ]);
  const table = [['rule', 'what is wrong', 'where it is to be read', 'what `--fix` does'], ...rows];
  const widths = [0, 1, 2, 3].map((column) =>
    Math.max(...table.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const [head = [], ...body] = table;
  return [
    '<!-- SPDX-License-Identifier: Apache-2.0 -->',
    '<!-- Written by `npx crosspage lint --rules --write`: do not edit. -->',
    '',
    '# Rules of `crosspage lint`',
    '',
    `${entries.length} rules. Paths are those of Xen's tree where nothing else is said.`,
    '',
    line(head),
    line(widths.map((width) => '-'.repeat(width))),
    ...body.map(line),
    '',
    '## Errors that may boot all the same',
    '',
    'On QEMU, what they find may share data. It is an error since',
    '',
    ...listed(entries.map(([name, { quiet }]) => [name, quiet])),
    '',
    '## Warnings that may keep a system from booting',
    '',
    ...listed(entries.map(([name, { depends }]) => [name, depends])),
    '',
  ].join('\n');
}
