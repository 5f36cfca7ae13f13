// SPDX-License-Identifier: Apache-2.0
// Linux as a user of shared memory: our module gives it as cacheable dma-bufs, `shm` uses them
// (images/linux/shared-memory).
import { addressPattern, expect, hex, MiB, PAGE, preferFlavour, toolstackTest } from '#crosspage';
import { own } from './ways.ts';

const memory = MiB(32);
const hostAddress = 0x7000_0000n;
const guestAddress = 0x5000_0000n;
const size = 4 * PAGE;
const words = size / 8;

const test = toolstackTest(
  { xen: preferFlavour('shared-memory'), reservedMemory: { window: { size, hostAddress } } },
  { requires: ['xl-iomem-cacheable', 'iomem-cacheable'] },
);

const iomem = [{ hostAddress, size, guestAddress, as: 'memory' }] as const;

test('dom0 finds the region that its device tree tells of', async ({ dom0 }) => {
  expect(await dom0.output(['shm', 'list'])).toBe('id=window address=0x70000000 size=0x4000\n');
});

test('dom0 and a domain that has the memory by iomem exchange every word', async ({
  dom0,
  toolstack,
}) => {
  const theirs = (await toolstack.create({ name: 'user', memory, iomem })).page('window');

  expect(await dom0.output(['shm', 'fill', 'window', 'address', '1'])).toBe(`words=${words}\n`);
  await expect(theirs).toHold(addressPattern(1));

  await theirs.write(addressPattern(2));
  const found = await dom0.output(['shm', 'check', 'window', 'address', '2']);
  expect(found).toBe(`words=${words} bad=0\n`);
  await expect(theirs).toBeMappedAs({ ...own, hostAddress });
});

test('dom0 has it as Normal memory, and only by the module: /dev/mem keeps to itself what is RAM', async ({
  dom0,
}) => {
  const range = `${hex(hostAddress)}+${hex(size)}`;

  const refused = await dom0.run(['shm', 'unaligned', range]);

  expect(await dom0.output(['shm', 'unaligned', 'window'])).toBe('unaligned=works\n');
  expect(refused.stderr).toBe('shm: mmap: Operation not permitted\n');
});
