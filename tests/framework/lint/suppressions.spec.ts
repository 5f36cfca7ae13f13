// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import { describeWhere } from '../../../lib/import/where.ts';
import { formatFindings } from '../../../lib/lint/format.ts';
import { judge } from '../../../lib/lint/lint.ts';
import { hostTree, readTexts } from './texts.ts';

function judged(files: Readonly<Record<string, string>>): { found: string[]; answered: string[] } {
  const { findings, suppressed } = judge(readTexts(files));
  return {
    found: findings.map(({ rule, where }) => `${describeWhere(where)} ${rule}`),
    answered: suppressed.map(
      ({ finding: { rule, where }, reason }) => `${describeWhere(where)} ${rule}: ${reason}`,
    ),
  };
}

const xl = (comment: string, before = ''): Record<string, string> => ({
  'a.cfg': `name = "a"\nkernel = "/k"\nmemory = 64\n${before}iomem = [ "0x70000,1@0x40100" ] ${comment}\n`,
});
const reason = 'the guest knows';

for (const [title, files, answered] of [
  ['behind the line', xl(`# crosspage-ignore guest-overlap: ${reason}`), 'a.cfg:4:11'],
  [
    'before the line',
    xl('', `# crosspage-ignore guest-overlap: ${reason}\n\n# and more\n`),
    'a.cfg:7:11',
  ],
  [
    'among several rules',
    xl(`# crosspage-ignore guest-overlap, iomem-form: ${reason}`),
    'a.cfg:4:11',
  ],
] as const) {
  test(`a comment ${title} answers the finding of its rule`, () => {
    const { found, answered: by } = judged(files);
    expect(by).toEqual([`${answered} guest-overlap: ${reason}`]);
    expect(found.filter((one) => one.endsWith('guest-overlap'))).toEqual([]);
  });
}

const unaligned = hostTree.replace('0 0x50000000 0', '0 0x50000800 0');
for (const [title, comment] of [
  ['a block', `/* crosspage-ignore shm-alignment: ${reason} */`],
  ['a line', `// crosspage-ignore shm-alignment: ${reason}\n`],
] as const) {
  test(`in a device tree, a comment of ${title} answers`, () => {
    const tree = unaligned.replace('/* the mailbox */', comment);
    const { found, answered } = judged({ 'host.dts': tree });
    expect(found).toEqual([]);
    expect(answered).toEqual([expect.stringContaining(`shm-alignment: ${reason}`)]);
  });
}

for (const [title, comment, fault] of [
  ['without a reason', '# crosspage-ignore guest-overlap', 'no reason is given'],
  ['with an empty reason', '# crosspage-ignore guest-overlap:  ', 'no reason is given'],
  ['of an unknown rule', '# crosspage-ignore guest-overlaps: x', 'there is no rule guest-overlaps'],
  ['of no rule', '# crosspage-ignore: x', 'no rule is named'],
] as const) {
  test(`a comment ${title} answers nothing, and is a finding`, () => {
    const { findings, suppressed } = judge(readTexts(xl(comment)));
    expect(suppressed).toEqual([]);
    expect(findings.map(({ rule, message }) => [rule, message])).toEqual([
      ['guest-overlap', expect.any(String)],
      ['suppression-form', fault],
    ]);
  });
}

test('a comment that answers nothing is a finding, for each of its rules', () => {
  const { found } = judged(xl(`# crosspage-ignore guest-overlap, iomem-empty: ${reason}`));
  expect(found).toEqual(['a.cfg:4:33 suppression-unused']);
  const elsewhere = judged(xl('', `memory = 64 # crosspage-ignore guest-overlap: ${reason}\n`));
  expect(elsewhere.found).toEqual(['a.cfg:4:13 suppression-unused', 'a.cfg:5:11 guest-overlap']);
});

test('a file that cannot be read is not answered', () => {
  const { found } = judged({ 'a.cfg': 'name = one # crosspage-ignore unreadable: x\n' });
  expect(found).toEqual(['a.cfg:1:8 unreadable', 'a.cfg:1:12 suppression-unused']);
});

test('programs that read SARIF get what is answered, with the reason', () => {
  const { findings, suppressed } = judge(
    readTexts(xl(`# crosspage-ignore guest-overlap: ${reason}`)),
  );
  expect(JSON.parse(formatFindings(findings, 'sarif', '1', suppressed))).toMatchObject({
    runs: [
      {
        results: [
          {
            ruleId: 'guest-overlap',
            suppressions: [{ kind: 'inSource', justification: reason }],
          },
        ],
      },
    ],
  });
});
