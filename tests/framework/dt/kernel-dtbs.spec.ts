// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { difference, printSource, readBlob, readSource, writeBlob } from '../../../lib/dt/index.ts';
import { dtc, noDtc } from './dtc.ts';

const built = join(import.meta.dirname, '../../../images/build/linux-dtbs');
const directory = process.env['CROSSPAGE_KERNEL_DTBS'] ?? built;

test.skip(
  !existsSync(directory),
  `there are no kernel device trees at ${directory}; set CROSSPAGE_KERNEL_DTBS`,
);

interface Sample {
  readonly file: string;
  readonly bytes: Uint8Array;
}

function* samples(): Generator<Sample> {
  let count = 0;
  for (const file of readdirSync(directory, { recursive: true, encoding: 'utf8' }).toSorted()) {
    if (!file.endsWith('.dtb')) continue;
    count++;
    yield { file, bytes: new Uint8Array(readFileSync(join(directory, file))) };
  }
  expect(count, `device trees in ${directory}`).toBeGreaterThan(0);
}

/** Two at a time: as many dtc processes as the smallest machine has processors. */
async function pairwise(work: (sample: Sample) => Promise<void>): Promise<void> {
  const shared = samples();
  const worker = async (): Promise<void> => {
    for (let next = shared.next(); next.done !== true; next = shared.next()) await work(next.value);
  };
  await Promise.all([worker(), worker()]);
}

test('every device tree of the kernel is read, written and read again unchanged', () => {
  for (const { file, bytes } of samples()) {
    const tree = readBlob(bytes);
    const written = writeBlob(tree);
    const again = readBlob(written);
    assert.deepEqual(difference(tree, again), [], file);
    // Their order too, which a difference leaves out for properties.
    assert.equal(Buffer.compare(writeBlob(again), written), 0, file);
  }
});

test('the printed source of every device tree of the kernel is read back unchanged', () => {
  test.slow();
  for (const { file, bytes } of samples()) {
    const tree = { ...readBlob(bytes), bootCpu: 0 };
    const again = readSource({ file, text: printSource(tree) }).tree;
    assert.deepEqual(difference(tree, again), [], file);
  }
});

test('dtc shows every device tree that is written as it shows the original', async () => {
  test.skip(noDtc !== undefined, noDtc ?? '');
  test.slow();
  await pairwise(async ({ file, bytes }) => {
    const written = writeBlob(readBlob(bytes));
    // The same bytes need no dtc. Those that fdtoverlay made have their strings in another order.
    if (Buffer.compare(written, bytes) === 0) return;
    const args = ['-I', 'dtb', '-O', 'dts'];
    assert.equal(Buffer.compare(await dtc(args, written), await dtc(args, bytes)), 0, file);
  });
});

test('dtc compiles the printed source of every device tree to the bytes that are written', async () => {
  test.skip(noDtc !== undefined, noDtc ?? '');
  test.slow();
  await pairwise(async ({ file, bytes }) => {
    const tree = readBlob(bytes);
    const args = ['-I', 'dts', '-O', 'dtb', '-b', String(tree.bootCpu)];
    const compiled = await dtc(args, printSource(tree));
    if (Buffer.compare(compiled, writeBlob(tree)) === 0) return;
    assert.fail(`${file}: ${difference(readBlob(compiled), tree).join('\n') || 'another order'}`);
  });
});
