// SPDX-License-Identifier: Apache-2.0
import type { JudgedSuite } from '../../../lib/mutants/model.ts';
import { expect, test } from '@playwright/test';
import { exitCodeOfMatrix, matrixSummary, rowText } from '../../../lib/mutants/verdict.ts';
import { matrixOf, row, survivor, unjudged } from './samples.ts';

const survives = { because: 'equivalent', argument: 'no guest can tell the two apart' } as const;
const failedControl: JudgedSuite = {
  verdict: 'killed',
  kill: {
    test: 'a › b',
    file: 'a',
    title: 'b',
    fault: 'assertion',
    message: 'expect(page).toHold(pattern)',
    mapped: [],
  },
  tests: 1,
  tookMs: 1,
  report: 'mutants/control',
};

for (const [what, matrix, code] of [
  ['every mutant was killed', matrixOf([row()]), 0],
  ['those that live have an argument', matrixOf([row(), survivor({ survives })]), 0],
  ['a mutant lives', matrixOf([row(), survivor()]), 1],
  ['a mutant was killed against its argument', matrixOf([row({ survives })]), 1],
  ['a mutant lives and another has no verdict', matrixOf([survivor(), unjudged('environment')]), 1],
  ['the environment kept a verdict away', matrixOf([row(), unjudged('environment')]), 3],
  ['misuse kept a verdict away', matrixOf([unjudged('environment'), unjudged('misuse')]), 2],
  ['nothing tells why there is no verdict', matrixOf([unjudged()]), 1],
  ['the control fails', matrixOf([], { control: failedControl }), 1],
] as const)
  test(`the exit code is ${code} when ${what}`, () => {
    expect(exitCodeOfMatrix(matrix)).toBe(code);
  });

test('a matrix whose control fails is void, and says so', () => {
  expect(matrixSummary(matrixOf([], { control: failedControl }))).toBe(
    'The matrix is VOID: the suite does not pass on what was not mutated.\n' +
      '  expect(page).toHold(pattern)\n',
  );
});

test('the summary counts, and names survivors, the excused, and the unjudged', () => {
  const matrix = matrixOf(
    [
      row(),
      survivor(),
      survivor({ name: 'same', survives }),
      row({ name: 'not-so-same', survives }),
      unjudged('environment'),
    ],
    { seed: 'monday' },
  );

  expect(matrixSummary(matrix)).toBe(
    '5 mutants: 2 killed, 1 survived, 1 excused, 1 without a verdict (1 min 0 s)\n' +
      'survivors, each a missing test: tree-wrong-size\n' +
      'excused, see their arguments: same\n' +
      'killed against their arguments, correct the list: not-so-same\n' +
      'without a verdict: lost\n' +
      'the same sample again: --sample 5 --seed monday\n',
  );
});

test('failures that did not come again are told as false alarms, those of the control too', () => {
  const unrepeated = ['a › b: expect(page).toHold(pattern)'];
  const control = { ...failedControl, verdict: 'survived', unrepeated } as const;
  const text = matrixSummary(matrixOf([row({ unrepeated }), survivor()], { control }));

  expect(text).toContain(
    '\nfalse alarms, failures that did not come again: control, borrower-read-only\n',
  );
});

test('a row tells the mutant, its verdict, how long, and the killer with its message', () => {
  expect(rowText(row(), 20)).toBe(
    'borrower-read-only    killed             1.2 s  owner-and-borrower › the owner reads every word the borrower wrote\n' +
      '                      expect(page).toHold(pattern)',
  );
});

test('the row of a survivor tells the fault that nothing noticed', () => {
  expect(rowText(survivor(), 15)).toBe(
    'tree-wrong-size  SURVIVED           1.2 s  a borrower cannot write',
  );
});
