// SPDX-License-Identifier: Apache-2.0
// QEMU models no caches, so that a wrong barrier shows in the code alone.
import { readFile } from 'node:fs/promises';
import { expect, test } from '@playwright/test';
import { resolveImages } from '../../../lib/images/index.ts';

/** A64 encodings (Arm ARM C6.2): DC with its register left out, DSB with its domain, RET. */
const instructions = new Map([
  [0xd50b_7a20, 'dc cvac'],
  [0xd50b_7b20, 'dc cvau'],
  [0xd50b_7e20, 'dc civac'],
  [0xd508_7620, 'dc ivac'],
  [0xd503_3f9f, 'dsb sy'],
  [0xd503_3b9f, 'dsb ish'],
]);

test('maintenance to the point of coherency is ended for the full system', async () => {
  const image = await readFile(resolveImages().probe('memory').path);
  const pairs = new Set<string>();
  let operation: string | undefined;
  for (let at = 0; at + 4 <= image.length; at += 4) {
    const word = image.readUInt32LE(at);
    const name = instructions.get(word) ?? instructions.get((word & ~0x1f) >>> 0);
    if (name?.startsWith('dc') === true) operation = name;
    else if (name !== undefined && operation !== undefined) {
      pairs.add(`${operation}, ${name}`);
      operation = undefined;
    }
  }

  expect([...pairs].sort()).toEqual([
    'dc civac, dsb sy',
    'dc cvac, dsb sy',
    'dc cvau, dsb ish',
    'dc ivac, dsb sy',
  ]);
});
