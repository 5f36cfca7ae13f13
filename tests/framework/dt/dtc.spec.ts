// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from '@playwright/test';
import fc from 'fast-check';
import { deviceTree, merge, printSource, readBlob, writeBlob } from '../../../lib/dt/index.ts';
import { arbitraryRoot, arbitraryTree } from './arbitrary.ts';
import { dtcSync, noDtc } from './dtc.ts';

test.skip(noDtc !== undefined, noDtc ?? '');

const numRuns = 60;

test('dtc reads what is written and would have written the same bytes', () => {
  fc.assert(
    fc.property(arbitraryTree, (tree) => {
      const blob = writeBlob(tree);
      assert.deepEqual(dtcSync(['-I', 'dtb', '-O', 'dtb'], blob), blob);
    }),
    { numRuns },
  );
});

test('dtc compiles the printed source to the same tree', () => {
  fc.assert(
    fc.property(arbitraryTree, (tree) => {
      const args = ['-I', 'dts', '-O', 'dtb', '-b', String(tree.bootCpu)];
      assert.deepEqual(readBlob(dtcSync(args, printSource(tree))), tree);
    }),
    { numRuns },
  );
});

test('dtc merges a root that a source opens twice into the same tree', () => {
  fc.assert(
    fc.property(arbitraryRoot, arbitraryRoot, (base, overlay) => {
      const [first, second] = [base, overlay].map((root) => printSource(deviceTree(root)));
      const source = `${first ?? ''}${second?.replace('/dts-v1/;', '') ?? ''}`;
      const merged = readBlob(dtcSync(['-I', 'dts', '-O', 'dtb', '-b', '0'], source));
      assert.deepEqual(merged.root, merge(base, overlay));
    }),
    { numRuns },
  );
});
