// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { parseStringPromise } from 'xml2js';
import { matrixJsonSchema, matrixSchema } from '../../../lib/mutants/model.ts';
import { writeMatrix } from '../../../lib/mutants/write-matrix.ts';
import { matrixOf, row, survivor, unjudged } from './samples.ts';

const argument = 'no guest can tell the two apart';
const matrix = matrixOf([
  row(),
  survivor(),
  survivor({ name: 'same', survives: { because: 'equivalent', argument } }),
  unjudged('environment'),
]);

interface Case {
  $: { name: string };
  failure?: [{ $: { message: string } }];
  error?: [{ $: { message: string } }];
  skipped?: unknown;
}

test('JUnit has a test case for each mutant, and a survivor is a failure', async ({}, info) => {
  const directory = info.outputPath('run');
  writeMatrix(matrix, directory, info.outputPath());

  const xml = (await parseStringPromise(readFileSync(`${directory}/junit.xml`, 'utf8'))) as {
    testsuites: { $: Record<string, string>; testsuite: { testcase: Case[] }[] };
  };
  const cases = xml.testsuites.testsuite.flatMap((suite) => suite.testcase);

  expect(xml.testsuites.$).toMatchObject({ tests: '5', failures: '1', errors: '1' });
  expect(cases.map(({ $ }) => $.name)).toEqual([
    'control',
    'borrower-read-only: killed by owner-and-borrower › the owner reads every word the borrower wrote',
    'tree-wrong-size',
    'same',
    'lost',
  ]);
  expect(cases[2]?.failure?.[0].$.message).toBe('no test fails although a borrower cannot write');
  expect(cases[3]).toHaveProperty('skipped');
  expect(cases[4]?.error?.[0].$.message).toBe('no verdict: QEMU ended');
});

test('the matrix that is written reads back as it was', ({}, info) => {
  const directory = info.outputPath('run');
  writeMatrix(matrix, directory, info.outputPath());

  const text = readFileSync(`${directory}/mutants.json`, 'utf8');
  expect(matrixSchema.parse(JSON.parse(text))).toEqual(matrix);
});

test('the published schema of the matrix is the one that is used', () => {
  const file = new URL('../../../lib/report/schema/mutants.schema.json', import.meta.url);

  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(
    JSON.parse(JSON.stringify(matrixJsonSchema())),
  );
});
