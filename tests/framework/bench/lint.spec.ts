// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import { lintFigures } from '../../../lib/bench/lint.ts';

test('lint is measured on 30 domains in which nothing is wrong', ({}, { annotations }) => {
  const { domains, read, judged } = lintFigures();
  expect(domains).toBe(30);
  // How long it takes is told, and not asserted: machines differ.
  const description = `${judged.median.toFixed(1)} ms judged, ${read.median.toFixed(1)} ms read`;
  annotations.push({ type: 'measured', description });
  expect(judged.median).toBeGreaterThan(0);
});
