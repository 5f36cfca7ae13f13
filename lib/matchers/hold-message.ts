// SPDX-License-Identifier: Apache-2.0
import type { Finding } from '../probe/finding.ts';
import { describePage, namePage, type Writing } from '../probe/page-facts.ts';
import { describePattern, explainWord, wordAt } from '../probe/patterns.ts';
import { describeShape } from '../probe/shape.ts';
import { type Bytes, formatBytes, hex } from '../support/units.ts';

const quoted = 4;

/** What is written under a verdict: label and text in two columns. */
export function detail(rows: readonly (readonly [string, string | undefined])[]): string {
  return rows
    .filter(([, text]) => text !== undefined)
    .map(([label, text]) => `  ${label.padEnd(10)}${text ?? ''}`)
    .join('\n');
}

/** `by owner: address pattern, seed 0x1`, with the part of the region that it was. */
function describeWriting({ domain, what, offset, size }: Writing, regionSize: Bytes): string {
  const whole = offset === 0 && size === regionSize;
  return `by ${domain}: ${what}${whole ? '' : ` at offset ${hex(offset)}, ${formatBytes(size)}`}`;
}

/** What a reading found, for people: verdict first, then everything that helps to judge it. */
export function holdMessage(finding: Finding, verb: string, expectNot: boolean): string {
  const { page, pattern } = finding;
  const call = `expect(${namePage(page.facts)})${expectNot ? '.not' : ''}.${verb}(${describePattern(pattern)})`;
  const verdict = expectNot
    ? `all ${finding.words} words hold it`
    : `${finding.bad} of ${finding.words} words differ`;
  const { lastWrite } = page;
  return [
    `${call}: ${verdict}`,
    detail([
      ['page', describePage(page.facts)],
      [
        'seen by',
        [page.who, page.facts.role, page.facts.by, `mapped ${page.facts.memory}`]
          .filter((part) => part !== undefined)
          .join(', '),
      ],
      [
        'written',
        lastWrite === undefined
          ? 'by nobody that the test asked'
          : describeWriting(lastWrite, page.facts.regionSize),
      ],
      ['shape', expectNot ? undefined : describeShape(finding)],
      ...finding.mismatches.slice(0, quoted).map(({ offset, observed }, index) => {
        const meaning = explainWord(pattern, observed);
        return [
          index === 0 ? 'words' : '',
          `offset ${hex(offset)}: expected ${hex(wordAt(pattern, offset), 16)}, ` +
            `received ${hex(observed, 16)}${meaning === undefined ? '' : ` (${meaning})`}`,
        ] as const;
      }),
      ['console', page.where],
    ]),
  ].join('\n');
}
